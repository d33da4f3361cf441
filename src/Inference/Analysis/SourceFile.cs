using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Inference.Analysis;

/// <summary>A file of a study.</summary>
/// <param name="InstanceId">Its row; null for a file from the command line.</param>
public sealed record SourceFile(long? InstanceId, string Path);

/// <summary>What was made of one file: what it holds, which view it shows, whether it was used, and if not, why.</summary>
public sealed record CineOutcome(SourceFile File)
{
    /// <summary>Null where the file could not even be read.</summary>
    public ObjectReference? Source { get; init; }

    public string? StudyInstanceUid { get; init; }

    /// <summary>Decoded frames; null where nothing was decoded.</summary>
    public int? Frames { get; init; }

    public int? Rows { get; init; }
    public int? Columns { get; init; }

    /// <summary>From the first frame to the last.</summary>
    public TimeSpan? Duration { get; init; }

    public TimingSource? Timing { get; init; }

    public string? View { get; init; }

    /// <summary>0 to 1; null where the user gave the view.</summary>
    public double? ViewProbability { get; init; }

    /// <summary>What reading it computed anyway; null where the view gate did not read it.</summary>
    public NewCineMeasure? Measure { get; init; }

    /// <summary>A findings model read it.</summary>
    public bool Used { get; init; }

    /// <summary>Why it was not used, for a person to read.</summary>
    public string? Reason { get; init; }
}

/// <summary>A cine that can be read, as the analyzer holds it for a moment.</summary>
/// <param name="ViewScores">One for each of the view gate's classes, in their order; null where the user gave the view.</param>
internal sealed record UsableCine(CineOutcome Outcome, CineReading Reading, double[]? ViewScores);
