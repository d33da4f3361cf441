using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Reporting;

public sealed class SaliencyCineBuilderTests : IDisposable
{
    private const int Frames = 6;
    private const int Rows = 240;
    private const int Columns = 320;

    private readonly string _folder = Directory.CreateTempSubdirectory("echoclr-sc-").FullName;

    /// <summary>What real headers bring along, and byte-exact copying keeps: missing identifiers, and a name with a space for a caret, sizes of zero, ACR-NEMA dates, roots that nobody owns.</summary>
    private static readonly string[] OfRealHeaders =
        ["would be needed to build DICOMDIR", "Retired Person Name form", "Value is zero", "Illegal root for UID = <999.999.", "[DA] = <1994.01.30>", "[TM] = <11:25:01>"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Build_IsAValidTrueColorSecondaryCapture(int samplesPerPixel)
    {
        var path = Write(Build(Source(), samplesPerPixel), "sc.dcm");

        await DicomValidators.DciodvfyAsync(path, "MultiframeTrueColorSCImage");
    }

    [Fact]
    public async Task Build_SourceWithFrameTimeVector_KeepsItsTiming()
    {
        var source = Source();
        source.Remove(DicomTags.FrameTime);
        source.SetBytes(DicomTags.FrameTimeVector, DicomVr.DS, "20\\20\\40\\20\\20\\40 "u8.ToArray());

        var file = Build(source, 1);

        Assert.Equal([20.0, 20, 40, 20, 20, 40], file.Dataset.GetDoubles(DicomTags.FrameTimeVector));
        Assert.False(file.Dataset.Contains(DicomTags.FrameTime));
        await DicomValidators.DciodvfyAsync(Write(file, "sc.dcm"), "MultiframeTrueColorSCImage");
    }

    [Fact]
    public async Task Build_SourceWithoutTiming_GetsTheMeanFrameTime()
    {
        var source = Source();
        source.Remove(DicomTags.FrameTime);

        var file = Build(source, 1);

        Assert.Equal(40, file.Dataset.GetDouble(DicomTags.FrameTime));
        await DicomValidators.DciodvfyAsync(Write(file, "sc.dcm"), "MultiframeTrueColorSCImage");
    }

    [Fact]
    public void Build_KeepsPatientAndStudyAndSaysWhatItIs()
    {
        var source = Source();
        var dataset = Build(source, 3).Dataset;

        StructuredReportBuilderTests.AssertCopied(source, dataset);
        Assert.Equal(["DERIVED", "SECONDARY"], dataset.GetStrings(DicomTags.ImageType));
        Assert.Equal("OT", dataset.GetString(DicomTags.Modality));
        Assert.Equal("YBR_FULL_422", dataset.GetString(DicomTags.PhotometricInterpretation));
        Assert.Equal("YES", dataset.GetString(DicomTags.BurnedInAnnotation));
        Assert.Equal("01", dataset.GetString(DicomTags.LossyImageCompression));
        Assert.False(dataset.Contains(DicomTags.RescaleSlope));
        var reference = Assert.Single(dataset.GetSequence(DicomTags.SourceImageSequence));
        Assert.Equal(source.GetString(DicomTags.SOPInstanceUID), reference.GetString(DicomTags.ReferencedSOPInstanceUID));
        Assert.Equal(Frames, reference.GetStrings(DicomTags.ReferencedFrameNumber).Count);
        Assert.NotEqual(source.GetString(DicomTags.SeriesInstanceUID), dataset.GetString(DicomTags.SeriesInstanceUID));
    }

    [Fact]
    public void Build_Twice_GivesTheSameBytes_AndAnotherMapAnotherUid()
    {
        var (first, second, other) = (Write(Build(Source(), 3), "a.dcm"), Write(Build(Source(), 3), "b.dcm"), Build(Source(), 3, hotRow: 3));

        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        Assert.NotEqual(DicomFile.Read(first).Dataset.GetString(DicomTags.SOPInstanceUID), other.Dataset.GetString(DicomTags.SOPInstanceUID));
    }

    [Fact]
    public void Paint_HeatIsWhereTheMapIsHot_AndTheRestIsTheSource()
    {
        var frames = SourceFramesOf(1);
        var rgb = new byte[Rows * Columns * 3];
        frames.CopyRgb(0, rgb);
        var source = (byte[])rgb.Clone();

        new SaliencyPainter(Map(hotRow: 1), Columns, Rows, ["AI - not for primary diagnosis"]).Paint(rgb, 0);

        Assert.True(Red(rgb, 120, 90) > Red(source, 120, 90) + 40, "the hot cell is not tinted");
        Assert.Equal(source.AsSpan(3 * (20 * Columns + 20), 3).ToArray(), rgb.AsSpan(3 * (20 * Columns + 20), 3).ToArray()); // cold: untouched
        Assert.Contains(Enumerable.Range(0, Columns), x => Red(rgb, x, Rows - 8) == 255); // the legend's letters

        static int Red(byte[] rgb, int x, int y) => rgb[3 * (y * Columns + x)];
    }

    [Fact]
    public async Task RealHeaders_GiveValidObjectsThatAgreeWithTheirSources()
    {
        var folder = Path.Combine(RealData.RequireRoot(), "echo_cine");
        foreach (var file in Directory.EnumerateFiles(folder).Order())
        {
            var source = DicomFile.Read(file, DicomReadOptions.Header).Dataset;
            var path = Write(Build(source, 3), Path.GetFileName(file));

            await DicomValidators.DciodvfyAsync(path, "MultiframeTrueColorSCImage", OfRealHeaders);
            await DicomValidators.DcentvfyAsync(path, file);
        }
    }

    private static DicomFile Build(DicomDataset source, int samplesPerPixel, int hotRow = 1)
    {
        var facts = SomeReport.Facts(source, 87.3, 12);
        return SaliencyCineBuilder.Build(facts, facts.Findings[0], source, SourceFramesOf(samplesPerPixel), Map(hotRow), TimeSpan.FromMilliseconds(40));
    }

    private static DicomDataset Source() => SomeReport.Header().Set(DicomTags.NumberOfFrames, Frames).Set(DicomTags.Rows, Rows).Set(DicomTags.Columns, Columns);

    /// <summary>A 4 x 4 grid over the middle of the picture with one hot cell in its second column.</summary>
    private static HeatMap Map(int hotRow)
    {
        var values = new float[2 * 16];
        values[hotRow * 4 + 1] = 1;
        values[16 + hotRow * 4 + 2] = 0.8f;
        return HeatMap.TryCreate(values, [0, Frames - 1], 4, 4, new PixelArea(60, 30, 160, 160))!;
    }

    private static SourceFrames SourceFramesOf(int samplesPerPixel)
    {
        var pixels = new byte[Frames * Rows * Columns * samplesPerPixel];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(40 + i / samplesPerPixel % Columns / 4); // a ramp from left to right
        return new SourceFrames(Frames, Rows, Columns, samplesPerPixel, pixels, [.. Enumerable.Range(1, Frames)]);
    }

    private string Write(DicomFile file, string name)
    {
        var path = Path.Combine(_folder, name + ".sc.dcm");
        file.Write(path);
        return path;
    }
}
