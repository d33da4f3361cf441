using System.Net;

namespace EchoClr.App.Operations;

/// <summary>What a process tells those who operate it: health, metrics, traces, the form of its log.</summary>
internal sealed class OperationsOptions
{
    public const string SectionName = "Operations";

    /// <summary>The IP address that /health, /ready and /metrics are served at. Loopback unless told otherwise; 0.0.0.0 takes all, and <see cref="Readers"/> says who is answered.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// Null: 9460 for <c>up</c>, 9461 for ingest, 9462 for inference, 9463 for retraining, 9464 for the portal, or where that is taken any free one; the log says which. 0 takes any
    /// free one. Beside 9464, the usual port of OpenTelemetry's Prometheus exporters.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>Who is answered besides this machine: IP addresses, or networks as 10.1.0.0/16. Empty: nobody.</summary>
    public List<string> Readers { get; } = [];

    /// <summary>Where spans go by OTLP over HTTP, as http://127.0.0.1:4318/v1/traces; null sends none.</summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>How often the tables are asked what waits. Prometheus asks once in 15 to 60 seconds.</summary>
    public TimeSpan GaugeInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(IPAddress.TryParse(Address, out _), nameof(Address), "must be an IP address");
        Require(Port is null or (>= 0 and <= 65535), nameof(Port), "must be 0 to 65535");
        Require(Readers.TrueForAll(reader => TryParse(reader, out _)), nameof(Readers), "must be IP addresses or networks such as 10.1.0.0/16");
        Require(OtlpEndpoint is null || Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https", nameof(OtlpEndpoint), "must be a web address, as http://127.0.0.1:4318/v1/traces");
        Require(GaugeInterval > TimeSpan.Zero, nameof(GaugeInterval), "must be above 0");
    }

    /// <summary>This machine, or a reader that is listed.</summary>
    public bool MayRead(IPAddress? address)
    {
        if (address is null)
            return false;
        var caller = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(caller) || Readers.Exists(reader => TryParse(reader, out var network) && network.Contains(caller));
    }

    private static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
            return true;
        if (!IPAddress.TryParse(text, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}
