namespace EchoClr.Shared.Data;

/// <summary>What reading a cine computed anyway and the comparison of drift needs; nothing in it names a patient.</summary>
/// <param name="Scanner">Manufacturer and model as the header says, in printable characters.</param>
/// <param name="Brightness">Mean grey level in the sector, 0 to 255.</param>
/// <param name="Contrast">Standard deviation of the grey levels in the sector.</param>
/// <param name="SectorShape">Share of the rectangle around the sector that the sector fills: a wider or cut-off sector changes it.</param>
/// <param name="PictureShare">Share of the picture that the sector fills.</param>
/// <param name="FrameMs">Mean time between frames.</param>
/// <param name="Embedding">The view gate's pooled features, mean over the windows.</param>
public sealed record NewCineMeasure(
    string View, string Scanner, double Brightness, double Contrast, double SectorShape, double PictureShare, double FrameMs, IReadOnlyList<float> Embedding);

/// <summary>A measured cine.</summary>
public sealed record CineMeasureRow
{
    public long StudyId { get; init; }
    public string ViewLabel { get; init; } = "";
    public string Scanner { get; init; } = "";
    public double Brightness { get; init; }
    public double Contrast { get; init; }
    public double SectorShape { get; init; }
    public double PictureShare { get; init; }
    public double FrameMs { get; init; }

    /// <summary>16-bit floats, little-endian.</summary>
    public byte[] Embedding { get; init; } = [];
}

/// <summary>A study, who sent it and when it was read.</summary>
public sealed record DriftStudy
{
    public long StudyId { get; init; }
    public string Sender { get; init; } = "";
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>The newest analysis of the study by the model asked for; null where cines were asked for.</summary>
    public long? AnalysisId { get; init; }
    public AnalysisState? State { get; init; }
}

/// <summary>What one comparison found of one measure of one sender.</summary>
/// <param name="Measure">As <c>brightness</c>, <c>view mix</c>, <c>score AS</c>.</param>
/// <param name="Effect">How far apart the two are, 0 to 1; null where there was too little to compare.</param>
/// <param name="PValue">By permutation of studies, before any correction for the number of tests.</param>
/// <param name="Changed">Beyond chance over all tests of the comparison, and by enough to matter.</param>
public sealed record DriftResult(string Sender, string Measure, int ReferenceStudies, int CurrentStudies, double? Effect, double? PValue, bool Changed, string Detail)
{
    /// <summary>For reading rows.</summary>
    private DriftResult() : this("", "", 0, 0, null, null, false, "")
    {
    }
}

/// <summary>The last comparison that was finished.</summary>
public sealed record DriftCheck
{
    public long Id { get; init; }
    public DateTimeOffset DueAt { get; init; }
    public DateTimeOffset FinishedAt { get; init; }
    public IReadOnlyList<DriftResult> Results { get; init; } = [];
}
