using System.Text.RegularExpressions;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

public partial class DicomTextTests
{
    [Fact]
    public void StructuredReportText_PrintsTheTree()
    {
        var report = new DicomDataset()
            .Set(DicomTags.SOPClassUID, SopClasses.Comprehensive3DSRStorage)
            .Set(DicomTags.CompletionFlag, "PARTIAL")
            .Set(DicomTags.CompletionFlagDescription, "no parasternal long-axis view")
            .Set(DicomTags.ValueType, "CONTAINER")
            .SetSequence(DicomTags.ConceptNameCodeSequence, Code("126000", "DCM", "Imaging Measurement Report"))
            .SetSequence(DicomTags.ContentTemplateSequence, new DicomDataset().Set(DicomTags.MappingResource, "DCMR").Set(DicomTags.TemplateIdentifier, "1500"))
            .SetSequence(DicomTags.ContentSequence,
                Item("CONTAINS", "NUM", Code("122157", "DCM", "Probability")).SetSequence(DicomTags.MeasuredValueSequence,
                    new DicomDataset().Set(DicomTags.NumericValue, 87.3).SetSequence(DicomTags.MeasurementUnitsCodeSequence, Code("%", "UCUM", "Percent"))),
                Item("CONTAINS", "TEXT", Code("111412", "DCM", "Narrative Summary")).Set(DicomTags.TextValue, "First line.\r\nSecond line.\u001b[31m"),
                Item("CONTAINS", "SCOORD", Code("111030", "DCM", "Image Region")).Set(DicomTags.GraphicType, "ELLIPSE").Set(DicomTags.GraphicData, 1, 2, 3, 4, 5, 6, 7, 8)
                    .SetSequence(DicomTags.ContentSequence, Item("SELECTED FROM", "IMAGE", null).SetSequence(DicomTags.ReferencedSOPSequence,
                        new DicomDataset().Set(DicomTags.ReferencedSOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage).Set(DicomTags.ReferencedSOPInstanceUID, "1.2.3").Set(DicomTags.ReferencedFrameNumber, 7))));

        Assert.Equal("""
            Comprehensive 3D SR
            Completion    : PARTIAL, no parasternal long-axis view

            CONTAINER (126000, DCM, "Imaging Measurement Report") = template DCMR 1500
              contains NUM (122157, DCM, "Probability") = 87.3 (%, UCUM, "Percent")
              contains TEXT (111412, DCM, "Narrative Summary") = "First line.
                  Second line.�[31m"
              contains SCOORD (111030, DCM, "Image Region") = ELLIPSE 1/2 3/4 5/6 7/8
                selected from IMAGE = Ultrasound Multi-frame Image 1.2.3 frame 7

            """, Text(writer => StructuredReportText.Write(writer, report)));
    }

    [Theory]
    [InlineData("dcm4che__report_dfl")]
    [InlineData("dcmjs__sample-sr.dcm")]
    [InlineData("dcmqi__sr.dcm")]
    [InlineData("dwv__sr-ruler.dcm")]
    [InlineData("highdicom__sr_document.dcm")]
    [InlineData("pydicom__test-SR.dcm")]
    public async Task StructuredReportText_OfARealReport_HasTheItemsThatDsrdumpShows(string name)
    {
        var file = RealData.RequireFile("sr/" + name);
        var dsrdump = await ExternalTool.RunAsync("dcmtk", "dsrdump", "-q", "+Pc", "+Pu", "+Pl", "+U8", file);
        Assert.Equal(0, dsrdump.ExitCode);
        var theirs = Items(dsrdump.Output, TheirItem());
        var ours = Items(Text(writer => StructuredReportText.Write(writer, DicomFile.Read(file).Dataset)), OurItem());
        Assert.Equal(theirs, ours);
        Assert.NotEmpty(ours);
    }

    [Fact]
    public void StructuredReportText_OfAnIncompleteReport_PrintsWhatIsThere()
    {
        // dsrdump gives this file up: its image references are "0".
        var text = Text(writer => StructuredReportText.Write(writer, DicomFile.Read(RealData.RequireFile("sr/pydicom__reportsi.dcm")).Dataset));
        Assert.Contains("contains TEXT (IHE.09, 99_OFFIS_DCMTK, \"Report Text\") = \"Enter text\"", text, StringComparison.Ordinal);
        Assert.StartsWith("Patient       : ", Text(writer => StructuredReportText.Write(writer, new DicomDataset().Set(DicomTags.PatientName, "A"))).Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void DatasetText_PrintsElementsALine_FitForATerminal()
    {
        var dataset = new DicomDataset()
            .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
            .SetBytes(DicomTags.PatientName, DicomVr.PN, "A\u001b]0;x\aB"u8.ToArray())
            .SetEmpty(DicomTags.PatientID)
            .Set(DicomTags.Rows, 400)
            .SetSequence(DicomTags.ProcedureCodeSequence, Code("1", "X", "y"))
            .SetEncapsulatedPixelData([new byte[] { 1, 2 }]);
        var lines = Text(writer => DatasetText.Write(writer, dataset)).Split('\n').Select(line => Regex.Replace(line, " +", " ").Trim()).ToArray();
        Assert.Equal(
            [
                "(0008,0016) UI 1.2.840.10008.5.1.4.1.1.3.1 =Ultrasound Multi-frame Image Storage # SOPClassUID",
                "(0008,1032) SQ 1 item(s) # ProcedureCodeSequence",
                "item 1",
                "(0008,0100) SH [1] # CodeValue",
                "(0008,0102) SH [X] # CodingSchemeDesignator",
                "(0008,0104) LO [y] # CodeMeaning",
                "(0010,0010) PN [A]0;x\uFFFDB] # PatientName",
                "(0010,0020) LO (no value) # PatientID",
                "(0028,0010) US 400 # Rows",
                "(7FE0,0010) OB 1 fragment(s), 6 bytes # PixelData",
                "",
            ], lines);
    }

    // Depth, relationship, value type and code of each content item.
    private static List<string> Items(string text, Regex item) =>
        [.. text.Split('\n').Select(line => item.Match(line)).Where(match => match.Success).Select(match => $"{match.Groups["depth"].Length} {match.Groups["words"].Value.Replace("mod ", "", StringComparison.Ordinal)}{match.Groups["type"].Value} {match.Groups["code"].Value}")];

    [GeneratedRegex("^(?<depth> *)<(?<words>(contains|has [a-z ]+|inferred from|selected from) )?(?<type>[A-Z0-9]+):(\\((?<code>[^,]+),)?")]
    private static partial Regex TheirItem();

    [GeneratedRegex("^(?<depth> *)(?<words>(contains|has [a-z ]+|inferred from|selected from) )?(?<type>[A-Z][A-Z0-9]{2,})( \\((?<code>[^,]+), .*)?( \\{.*\\})?( = .*)?$")]
    private static partial Regex OurItem();

    private static DicomDataset Item(string relationship, string valueType, DicomDataset? concept)
    {
        var item = new DicomDataset().Set(DicomTags.RelationshipType, relationship).Set(DicomTags.ValueType, valueType);
        return concept is null ? item : item.SetSequence(DicomTags.ConceptNameCodeSequence, concept);
    }

    private static DicomDataset Code(string value, string scheme, string meaning) => new DicomDataset()
        .Set(DicomTags.CodeValue, value).Set(DicomTags.CodingSchemeDesignator, scheme).Set(DicomTags.CodeMeaning, meaning);

    private static string Text(Action<TextWriter> write)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        write(writer);
        return writer.ToString();
    }
}
