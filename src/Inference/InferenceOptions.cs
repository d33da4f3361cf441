using EchoClr.Dicom.Ports;
using EchoClr.Inference.Drift;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Shadow;
using EchoClr.Inference.Signals;

namespace EchoClr.Inference;

/// <summary>Settings of the inference role.</summary>
public sealed class InferenceOptions
{
    public const string SectionName = "Inference";

    /// <summary>What we call ourselves towards a PACS. Null takes the listener's (Ingest:Listener:AeTitle): a PACS sends its commitment report to the title that asked.</summary>
    public string? CallingAeTitle { get; set; }

    /// <summary>Names this node in reports (Device Serial Number), at most 64 characters.</summary>
    public string NodeName { get; set; } = Environment.MachineName;

    /// <summary>Modality of the saliency cine: OT, or US for cardiology PACS that hang only US.</summary>
    public string SaliencyModality { get; set; } = "OT";

    public ModelOptions Models { get; set; } = new();

    public AnalysisOptions Analysis { get; set; } = new();

    public DeliveryOptions Delivery { get; set; } = new();

    public ShadowOptions Shadow { get; set; } = new();

    public DriftOptions Drift { get; set; } = new();

    public List<DestinationOptions> Destinations { get; } = [];

    public SignalOptions Signals { get; set; } = new();

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(NodeName.Length is > 0 and <= 64, nameof(NodeName), "must have 1 to 64 characters");
        Require(SaliencyModality is "OT" or "US", nameof(SaliencyModality), "must be OT or US");
        Require(Analysis.MinViewProbability is >= 0 and <= 1, "Analysis:MinViewProbability", "must be 0 to 1");
        Require(Analysis.Concurrency > 0, "Analysis:Concurrency", "must be above 0");
        Require(Shadow.MinStudies > 0 && Shadow.Interval > TimeSpan.Zero, "Shadow:MinStudies, Shadow:Interval", "must be above 0");
        Drift.Validate();
        Require(Delivery.MaxAttempts > 0, "Delivery:MaxAttempts", "must be above 0");
        Require(Delivery.MaxRefusedAttempts > 0, "Delivery:MaxRefusedAttempts", "must be above 0");
        Require(Destinations.Select(destination => destination.Name).Distinct(StringComparer.Ordinal).Count() == Destinations.Count, nameof(Destinations), "must have distinct names");
        foreach (var destination in Destinations)
        {
            Require(destination.Name.Length > 0, "Destinations:Name", "must not be empty");
            Require(destination.AeTitle.Length is > 0 and <= 16, "Destinations:AeTitle", "must have 1 to 16 characters (PS3.5 6.2, AE)");
            Require(destination.Port is > 0 and <= 65535, "Destinations:Port", "must be 1 to 65535");
            destination.Tls?.Validate($"{SectionName}:Destinations:Tls", ownCertificate: false);
        }
        Signals.Validate($"{SectionName}:Signals", Delivery.Lease);
        foreach (var target in Signals.All)
            Require(target.Destination is null || Destinations.Exists(destination => destination.Name == target.Destination), "Signals", $"wait for {target.Destination}, which is no destination");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}

/// <summary>Where the models lie, and which may serve.</summary>
public sealed class ModelOptions
{
    /// <summary>Holds the folders view-gate and as-lvh, each with a manifest and weights.</summary>
    public string Directory { get; set; } = "models";

    /// <summary>Whether weights trained on phantoms may serve. Turn it off in a hospital.</summary>
    public bool AllowSynthetic { get; set; } = true;
}

/// <summary>How studies are read.</summary>
public sealed class AnalysisOptions
{
    /// <summary>Studies at a time: one for each device. libtorch uses all cores for one.</summary>
    public int Concurrency { get; set; } = 1;

    /// <summary>Below it a view is not believed. With five classes, half means: likelier than all others together.</summary>
    public double MinViewProbability { get; set; } = 0.5;

    /// <summary>
    /// Standard deviation of the window probabilities beyond which the model abstains. Windows that say 0 and 1 in equal parts have 0.5;
    /// at 0.35 about one in seven contradicts the others outright.
    /// </summary>
    public double MaxSpread { get; set; } = 0.35;

    /// <summary>How long a claimed study may be silent before another worker takes it. Renewed after every cine; the longest cine takes seconds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Then the study is parked for a person.</summary>
    public int MaxAttempts { get; set; } = 5;
}

/// <summary>How results reach a PACS that is slow, full or away.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The wait after the first failure; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait: a PACS that comes back is served within this time.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Sendings before a person is asked. With the delays above, more than 12 hours: a night without the PACS.</summary>
    public int MaxAttempts { get; set; } = 60;

    /// <summary>
    /// Sendings before a person is asked about a refusal that repeating does not cure (a SOP class that is not taken, an AE title that is not known): about 20 minutes,
    /// so that somebody who is just setting the PACS up need not ask for a retry.
    /// </summary>
    public int MaxRefusedAttempts { get; set; } = 8;

    /// <summary>How long a commitment report is awaited before the PACS is asked by C-FIND. PACS report in seconds, archives with tape in minutes.</summary>
    public TimeSpan CommitmentTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often due deliveries are looked for. An indexed query on few rows.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a delivery stays in the hands of a worker that died. A living one renews its hold, so a slow PACS may take longer.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(2);
}

/// <summary>A PACS that results go to.</summary>
public sealed class DestinationOptions
{
    /// <summary>Its name in tables and pages; never changes, unlike its address.</summary>
    public string Name { get; set; } = "";

    public string AeTitle { get; set; } = "";
    public string Host { get; set; } = "";
    public int Port { get; set; } = 104;

    /// <summary>How it is called by TLS; absent calls it without.</summary>
    public TlsPeerFiles? Tls { get; set; }

    public DestinationState State { get; set; } = DestinationState.On;

    /// <summary>The SR class to begin with, by UID; null begins with Comprehensive 3D SR, or with what the PACS last took.</summary>
    public string? ReportSopClass { get; set; }

    /// <summary>The pictures to begin with; where the PACS takes no such SOP class, the next plainer form is sent by itself.</summary>
    public SaliencyForm Saliency { get; set; }

    /// <summary>Send a short text report for a study that could not be analysed.</summary>
    public bool TextReportWhenNotAnalyzed { get; set; }
}

public enum DestinationState
{
    /// <summary>Results are sent.</summary>
    On,

    /// <summary>Results are written and kept until a person turns it on.</summary>
    Hold,

    /// <summary>Results are not meant for it.</summary>
    Off,
}
