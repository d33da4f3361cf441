using System.Text.Json.Serialization;
using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Everything that a report says. It is built from persisted rows only, so that writing it again gives the same bytes.</summary>
public sealed record ReportFacts
{
    /// <summary>When the analysis began: Content Date and Time, in the zone of this offset.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the first analysis of the study began, where this one is not the first: the series keeps its date.</summary>
    public DateTimeOffset? SeriesStartedAt { get; init; }

    /// <summary>1 for the first report of a study, then 2, 3, … with each that supersedes it.</summary>
    public required int InstanceNumber { get; init; }

    public required Pipeline Pipeline { get; init; }

    /// <summary>The release that named the views of <see cref="Cines"/>; null when the view was given by the user.</summary>
    public ModelIdentity? ViewModel { get; init; }

    /// <summary>Every cine that a model read.</summary>
    public required IReadOnlyList<CineFact> Cines { get; init; }

    /// <summary>The answers, at most one a question.</summary>
    public required IReadOnlyList<FindingFact> Findings { get; init; }

    /// <summary>What is missing and why, one sentence each. Anything here makes the report PARTIAL.</summary>
    public IReadOnlyList<string> Omissions { get; init; } = [];

    /// <summary>What a reader should know besides, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The report that this one supersedes.</summary>
    public ObjectReference? Predecessor { get; init; }

    /// <summary>Every model release that had a part, each once.</summary>
    public IEnumerable<ModelIdentity> Models => Findings.Select(finding => finding.Model).Prepend(ViewModel).OfType<ModelIdentity>().Distinct();

    /// <summary>The observer is the release that answered; without an answer, the pipeline.</summary>
    public string ObserverUid => Findings.Count > 0 ? Findings[0].Model.DeviceUid : ReportUids.Device(Pipeline);
}

/// <summary>The software that made the objects, as General Equipment and as the device observer.</summary>
/// <param name="SerialNumber">Names the node; not a person, not a patient.</param>
public sealed record Pipeline(string Version, string SerialNumber)
{
    public const string Manufacturer = EchoClrImplementation.Manufacturer;
    public const string ModelName = "EchoCLR";
    public const string DeviceName = "EchoCLR pipeline";
}

/// <summary>One set of weights. A new training is a new release and therefore a new Device UID.</summary>
/// <param name="Synthetic">The weights were trained on phantoms; the report says so.</param>
public sealed record ModelIdentity(string Name, string Version, string WeightsSha256, bool Synthetic)
{
    [JsonIgnore]
    public string DeviceUid => ReportUids.Device(this);

    /// <summary>Algorithm Version: semantic version and the hash of the weights.</summary>
    [JsonIgnore]
    public string AlgorithmVersion => $"{Version}+sha256:{WeightsSha256}";
}

/// <summary>A source cine that a model read.</summary>
/// <param name="View">The view gate's class: PLAX, PSAX, A4C, A2C or Other.</param>
/// <param name="ViewPercent">The view gate's confidence in percent; null when the user gave the view.</param>
public sealed record CineFact(ObjectReference Source, string View, double? ViewPercent);

/// <summary>The answer to one question.</summary>
/// <param name="Percent">Calibrated probability in percent, rounded to one decimal before it is stored.</param>
/// <param name="ThresholdPercent">At or above it the answer is Present.</param>
/// <param name="Parameters">Algorithm Parameters, such as "windows=4;frames=16".</param>
/// <param name="KeyFrame">Where the region was drawn.</param>
/// <param name="Saliency">The saliency cine; null where none could be made.</param>
public sealed record FindingFact(
    Question Question, double Percent, double ThresholdPercent, ModelIdentity Model, string Parameters, KeyFrame KeyFrame, ObjectReference? Saliency)
{
    public bool Present => Percent >= ThresholdPercent;
}

/// <summary>An ellipse on one frame of a source cine.</summary>
/// <param name="FrameNumber">Counted from 1, as DICOM counts frames.</param>
/// <param name="WholeSector">The saliency gave no region, and the ellipse is inscribed in the ultrasound region instead.</param>
public sealed record KeyFrame(ObjectReference Source, int FrameNumber, Ellipse Ellipse, bool WholeSector);

/// <summary>An axis-aligned ellipse in pixels of the source picture; 0\0 is the top left corner of its top left pixel (PS3.3 C.18.6.1.2).</summary>
public readonly record struct Ellipse(double CenterX, double CenterY, double RadiusX, double RadiusY)
{
    /// <summary>Graphic Data of an ELLIPSE: both ends of the major axis, then both ends of the minor axis, as column\row pairs.</summary>
    public double[] ToGraphicData()
    {
        double[] horizontal = [CenterX - RadiusX, CenterY, CenterX + RadiusX, CenterY];
        double[] vertical = [CenterX, CenterY - RadiusY, CenterX, CenterY + RadiusY];
        return RadiusX >= RadiusY ? [.. horizontal, .. vertical] : [.. vertical, .. horizontal];
    }
}

/// <summary>A SOP instance and the series that holds it.</summary>
public sealed record ObjectReference(string SopClassUid, string SopInstanceUid, string SeriesInstanceUid);
