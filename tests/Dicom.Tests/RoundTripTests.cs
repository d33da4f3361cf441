using System.Text.RegularExpressions;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

/// <summary>What we read and write again is, to DCMTK's dcmdump, the same data set.</summary>
public partial class RoundTripTests
{
    // DCMTK prints UN sequences otherwise once they are written as what they are, and stops at the dump's first oddity; these are compared elsewhere.
    private static readonly string[] NotComparable = ["pydicom__UN_sequence.dcm", "pydicom__badVR.dcm", "wrong_transfer_syntax.dcm"];

    [Theory]
    [InlineData(SequenceLength.Defined, "", 45)]
    [InlineData(SequenceLength.Undefined, "sr", 6)]
    public async Task Write_EveryReadableRealFile_DumpsAsBefore(SequenceLength sequences, string folderOfFiles, int atLeast)
    {
        using var folder = new TemporaryFolder();
        var copy = Path.Combine(folder.Path, "copy.dcm");
        var compared = 0;
        foreach (var path in Directory.EnumerateFiles(RealData.RequireFile(folderOfFiles), "*", SearchOption.AllDirectories).Order())
        {
            if (NotComparable.Contains(Path.GetFileName(path)) || Readable(path) is not { } file || new FileInfo(path).Length > 300_000)
                continue; // the long dumps of large files show nothing new
            var syntax = file.TransferSyntax.IsDeflated || !file.TransferSyntax.IsLittleEndian ? TransferSyntax.ExplicitVRLittleEndian : file.TransferSyntax;
            new DicomFile(file.Dataset, syntax).Write(copy, sequences);
            var after = await DumpAsync(copy);
            Assert.NotNull(after);
            if (await DumpAsync(path) is not { } before)
                continue; // DCMTK does not read the original: a sequence without its delimiter, now mended
            Assert.Equal(before, after);
            compared++;
        }
        Assert.True(compared >= atLeast, $"only {compared} files compared");
    }

    [Fact]
    public void Encode_DecodedAgain_GivesTheSameBytes()
    {
        foreach (var path in Directory.EnumerateFiles(RealData.RequireRoot(), "*", SearchOption.AllDirectories).Order())
        {
            if (Readable(path) is not { } file || file.Dataset.Any(element => element.Fragments is not null))
                continue;
            TransferSyntax[] syntaxes = [TransferSyntax.ImplicitVRLittleEndian, TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ExplicitVRBigEndian, TransferSyntax.DeflatedExplicitVRLittleEndian];
            foreach (var syntax in syntaxes)
            {
                var once = DicomDatasetWriter.Encode(file.Dataset, syntax);
                var twice = DicomDatasetWriter.Encode(DicomDatasetReader.Read(once, syntax), syntax);
                Assert.True(once.AsSpan().SequenceEqual(twice), $"{path} as {syntax}");
            }
        }
    }

    /// <summary>To DCMTK, which reads both by code of its own, the data set is the same as in explicit VR little endian.</summary>
    [Fact]
    public async Task Write_BigEndianAndDeflated_DumpAsLittleEndian()
    {
        using var folder = new TemporaryFolder();
        var dataset = new DicomDataset()
            .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundImageStorage).Set(DicomTags.SOPInstanceUID, "1.2.3").Set(DicomTags.PatientName, "Doe^Jane")
            .Set(DicomTags.Rows, 2).Set(DicomTags.Columns, 2).SetBytes(DicomTags.PixelData, DicomVr.OW, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 })
            .Set(DicomTags.ReferencePixelX0, -70_000).Set(DicomTags.PhysicalDeltaX, 0.25)
            .SetSequence(DicomTags.SourceImageSequence, new DicomDataset().Set(DicomTags.ReferencedSOPInstanceUID, "1.2.4"));
        var dumps = new List<string?>();
        foreach (var syntax in (TransferSyntax[])[TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ExplicitVRBigEndian, TransferSyntax.DeflatedExplicitVRLittleEndian])
        {
            foreach (var sequences in (SequenceLength[])[SequenceLength.Defined, SequenceLength.Undefined])
            {
                var path = Path.Combine(folder.Path, "file.dcm");
                new DicomFile(dataset, syntax).Write(path, sequences);
                dumps.Add(await DumpAsync(path));
            }
        }
        Assert.Contains("-70000", dumps[0], StringComparison.Ordinal);
        Assert.All(dumps, dump => Assert.Equal(dumps[0], dump));
    }

    private static DicomFile? Readable(string path)
    {
        try
        {
            var file = DicomFile.Read(path);
            return file.Dataset.Contains(DicomTags.SOPClassUID) && file.Dataset.Contains(DicomTags.SOPInstanceUID) ? file : null;
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    private static async Task<string?> DumpAsync(string path)
    {
        var dump = await ExternalTool.RunAsync("dcmtk", "dcmdump", "-q", "+L", "+uc", path);
        if (dump.ExitCode != 0)
            return null;
        var lines = dump.Output.Split('\n').Where(line => line.Length > 0 && !Ignored().IsMatch(line));
        return string.Join('\n', lines.Select(line => HowLong().Replace(line, "")));
    }

    // Comments, meta information, group lengths, and delimiters, which one way of writing has and the other has not.
    [GeneratedRegex(@"^\s*(#|$|\(0002,|\([0-9a-f]{4},0000\)|\(fffe,e00d\)|\(fffe,e0dd\))")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"((?<=\(Item )with (explicit|undefined) length #=\d+)|(with (explicit|undefined) length )|(\s+#\s*(\d+|u/l),\s*\d+ .*$)")]
    private static partial Regex HowLong();
}
