using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Reporting;

/// <summary>Reports before other people's validators.</summary>
public sealed class ReportValidatorTests : IDisposable
{
    /// <summary>PixelMed of 2022 lacks rows 11 and 12 of TID 1501 and the view items of TID 1601, so it says this of our qualitative items; nothing else may be warned of.</summary>
    private const string NotInTemplate = "Content Item not in template";

    private readonly string _folder = Directory.CreateTempSubdirectory("echoclr-sr-").FullName;

    /// <summary>What real headers bring along, and byte-exact copying keeps: missing identifiers, and a name with a space for a caret, sizes of zero, ACR-NEMA dates, roots that nobody owns.</summary>
    private static readonly string[] OfRealHeaders =
        ["would be needed to build DICOMDIR", "Retired Person Name form", "Value is zero", "Illegal root for UID = <999.999.", "[DA] = <1994.01.30>", "[TM] = <11:25:01>"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(SomeReport.ShapeNames), MemberType = typeof(SomeReport))]
    public async Task EveryShape_InEverySopClass_PassesDcmtkAndDicom3tools(string shape)
    {
        var source = SomeReport.Header();
        foreach (var (sopClass, iod) in Iods)
        {
            var path = Write(StructuredReportBuilder.Build(SomeReport.Shapes[shape](source), source, sopClass), iod);

            await DicomValidators.DciodvfyAsync(path, iod);
            var text = await DicomValidators.DsrdumpAsync(path);
            Assert.Contains("Imaging Measurement Report", text, StringComparison.Ordinal);
            Assert.Contains("Percent", text, StringComparison.Ordinal);
            await DicomValidators.Dsr2XmlAsync(path);
        }
    }

    [Fact]
    public Task BothPositive_PassesPixelMed() => PixelMedAsync("both-positive", SopClasses.Comprehensive3DSRStorage);

    [Theory]
    [Trait("Suite", "long")]
    [InlineData("both-negative")]
    [InlineData("as-positive-lvh-negative")]
    [InlineData("lvh-only-partial")]
    [InlineData("as-only-partial")]
    [InlineData("whole-sector")]
    [InlineData("superseding")]
    [InlineData("view-given-by-user")]
    public Task EveryOtherShape_PassesPixelMed(string shape) => PixelMedAsync(shape, SopClasses.Comprehensive3DSRStorage);

    [Theory]
    [Trait("Suite", "long")]
    [InlineData(SopClasses.ComprehensiveSRStorage)]
    [InlineData(SopClasses.EnhancedSRStorage)]
    public Task FallbackClasses_PassPixelMed(string sopClass) => PixelMedAsync("both-positive", sopClass);

    [Fact]
    public async Task NotAnalyzed_TextReport_PassesEveryValidator()
    {
        var source = SomeReport.Header();
        var facts = SomeReport.Facts(source, null, null) with { Cines = [] };
        var report = NotAnalyzedReportBuilder.Build(facts, source, "no cine shows the parasternal long axis.");
        var path = Write(report, "text");

        await DicomValidators.DciodvfyAsync(path, "BasicTextSR");
        Assert.Contains("no cine shows the parasternal long axis", await DicomValidators.DsrdumpAsync(path), StringComparison.Ordinal);
        await DicomValidators.Dsr2XmlAsync(path);
        Assert.DoesNotContain(ReportRules.Descendants(report.Dataset), item => item.GetString(DicomTags.ValueType) == "NUM");
    }

    [Fact]
    public async Task RealHeaders_PassAndAgreeWithTheirSources()
    {
        var folder = Path.Combine(RealData.RequireRoot(), "echo_cine");
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !file.EndsWith(".txt", StringComparison.Ordinal)).Order())
        {
            var source = DicomFile.Read(file, DicomReadOptions.Header).Dataset;
            var report = StructuredReportBuilder.Build(SomeReport.Facts(source, 87.3, 12), source, SopClasses.Comprehensive3DSRStorage);
            var path = Write(report, Path.GetFileName(file));

            ReportRules.AssertAll(report.Dataset);
            StructuredReportBuilderTests.AssertCopied(source, DicomFile.Read(path).Dataset);
            await DicomValidators.DciodvfyAsync(path, "Comprehensive3DSR", OfRealHeaders);
            await DicomValidators.DsrdumpAsync(path, "StudyDate (0008,0020)", "StudyTime (0008,0030)");
            await DicomValidators.DcentvfyAsync(path, file);
        }
    }

    private static readonly (string SopClass, string Iod)[] Iods =
    [
        (SopClasses.Comprehensive3DSRStorage, "Comprehensive3DSR"),
        (SopClasses.ComprehensiveSRStorage, "ComprehensiveSR"),
        (SopClasses.EnhancedSRStorage, "EnhancedSR"),
    ];

    private async Task PixelMedAsync(string shape, string sopClass)
    {
        var source = SomeReport.Header();
        var iod = Iods.Single(pair => pair.SopClass == sopClass).Iod;
        var path = Write(StructuredReportBuilder.Build(SomeReport.Shapes[shape](source), source, sopClass), shape);

        await DicomValidators.PixelMedAsync(path, iod, "TID_1500 (MeasurementReport)", NotInTemplate);
    }

    private string Write(DicomFile file, string name)
    {
        var path = Path.Combine(_folder, name + ".sr.dcm");
        file.Write(path);
        return path;
    }
}
