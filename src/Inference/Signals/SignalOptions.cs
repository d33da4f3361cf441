using EchoClr.Dicom.Ports;

namespace EchoClr.Inference.Signals;

/// <summary>Who is told of a study besides the PACS. Nobody, unless named here.</summary>
public sealed class SignalOptions
{
    /// <summary>Hosts that may be told of studies, as the targets name them. A target elsewhere is refused at the start: a slip in one address must not send patients' data out.</summary>
    public List<string> AllowedHosts { get; } = [];

    /// <summary>HL7 v2 receivers: ORU^R01 over MLLP.</summary>
    public List<Hl7TargetOptions> Hl7 { get; } = [];

    /// <summary>Web addresses that take FHIR R4 over HTTPS.</summary>
    public List<WebhookOptions> Webhooks { get; } = [];

    internal IEnumerable<SignalTargetOptions> All => [.. Hl7, .. Webhooks];

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    /// <param name="lease">How long a signal stays in the hands of a worker that died: an attempt must be over by then.</param>
    internal void Validate(string section, TimeSpan lease)
    {
        var names = All.Select(target => target.Name).ToList();
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new ArgumentException($"{section}: targets must have distinct names");
        foreach (var target in Hl7)
            target.Validate($"{section}:Hl7", AllowedHosts, lease);
        foreach (var target in Webhooks)
            target.Validate($"{section}:Webhooks", AllowedHosts, lease);
    }
}

/// <summary>What every target has.</summary>
public abstract class SignalTargetOptions
{
    /// <summary>Its name in tables and pages; never changes, unlike its address.</summary>
    public string Name { get; set; } = "";

    /// <summary>The destination whose confirmation it waits for: a receiver that opens reports in one PACS must not hear of one before it is there. Null: whichever confirms first.</summary>
    public string? Destination { get; set; }

    /// <summary>Also of studies that were not analysed. Of those that it was told findings of before, it hears in any case.</summary>
    public bool NotAnalyzed { get; set; }

    public AlertOptions AlertPercent { get; set; } = new();

    /// <summary>For one attempt, from the connection to the answer. Integration engines answer in milliseconds, those that wait for the system behind them in seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whom we trust, and what we show. Absent: HL7 is sent without TLS, HTTPS trusts whom the machine trusts.</summary>
    public TlsFiles? Tls { get; set; }

    internal abstract string HostName { get; }

    internal virtual void Validate(string key, IReadOnlyCollection<string> allowedHosts, TimeSpan lease)
    {
        Require(Name.Length is > 0 and <= 200, $"{key}:Name", "must have 1 to 200 characters");
        Require(HostName.Length > 0, key, "must name a host");
        Require(allowedHosts.Contains(HostName, StringComparer.OrdinalIgnoreCase), key, $"names the host {HostName}, which {InferenceOptions.SectionName}:Signals:AllowedHosts does not");
        Require(Timeout > TimeSpan.Zero && Timeout <= lease / 2, $"{key}:Timeout", "must be above 0, and half of Inference:Delivery:Lease at most");
        Require(AlertPercent is { AS: null or >= 0 and <= 100, LVH: null or >= 0 and <= 100 }, $"{key}:AlertPercent", "must be 0 to 100");
        Tls?.Validate($"{key}:Tls", ownCertificate: false);
    }

    private protected static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{key} {rule}");
    }
}

/// <summary>From where on a present finding is marked abnormal, in percent. Apart from the model's threshold; without one nothing is marked.</summary>
public sealed class AlertOptions
{
    /// <summary>Percent of severe aortic stenosis from which it is marked abnormal where it is present.</summary>
    public double? AS { get; set; }

    /// <summary>Percent of left ventricular hypertrophy from which it is marked abnormal where it is present.</summary>
    public double? LVH { get; set; }

    /// <param name="question">Its key.</param>
    internal double? Of(string question) => question switch { nameof(AS) => AS, nameof(LVH) => LVH, _ => null };
}

/// <summary>An HL7 v2 receiver. Without Tls it is called without TLS: inside a hospital's own network only.</summary>
public sealed class Hl7TargetOptions : SignalTargetOptions
{
    /// <summary>Name or address.</summary>
    public string Host { get; set; } = "";

    /// <summary>2575 is registered for HL7 (IANA).</summary>
    public int Port { get; set; } = 2575;

    /// <summary>MSH-3.</summary>
    public string SendingApplication { get; set; } = "ECHOCLR";

    /// <summary>MSH-4.</summary>
    public string SendingFacility { get; set; } = "";

    /// <summary>MSH-5.</summary>
    public string ReceivingApplication { get; set; } = "";

    /// <summary>MSH-6.</summary>
    public string ReceivingFacility { get; set; } = "";

    /// <summary>MSH-18. What a name has and Latin-1 lacks becomes a question mark there.</summary>
    public Hl7CharacterSet CharacterSet { get; set; } = Hl7CharacterSet.Utf8;

    internal override string HostName => Host;

    internal override void Validate(string key, IReadOnlyCollection<string> allowedHosts, TimeSpan lease)
    {
        base.Validate(key, allowedHosts, lease);
        Require(Port is > 0 and <= 65535, $"{key}:Port", "must be 1 to 65535");
    }
}

public enum Hl7CharacterSet
{
    /// <summary>UNICODE UTF-8.</summary>
    Utf8,

    /// <summary>8859/1.</summary>
    Latin1,
}

/// <summary>A web address that takes a FHIR R4 transaction. Without Tls the machine's own list says which certificates are trusted.</summary>
public sealed class WebhookOptions : SignalTargetOptions
{
    /// <summary>An https address; redirects are not followed.</summary>
    public string Url { get; set; } = "";

    /// <summary>A file that holds the secret that requests are signed with (HMAC-SHA-256), of 32 characters at least, and nothing else. Read anew for each request.</summary>
    public string SecretFile { get; set; } = "";

    internal override string HostName => Uri.TryCreate(Url, UriKind.Absolute, out var url) ? url.Host : "";

    internal override void Validate(string key, IReadOnlyCollection<string> allowedHosts, TimeSpan lease)
    {
        base.Validate(key, allowedHosts, lease);
        Require(new Uri(Url) is { Scheme: "https", UserInfo: "", Fragment: "" }, $"{key}:Url", "must be an https address without a user or a fragment");
        Require(SecretFile.Length > 0, $"{key}:SecretFile", "must name a file");
    }
}
