using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EchoClr.Dicom.Tests.Oracles;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

/// <summary>Every real file, element by element against pydicom, and by its header against the manifest.</summary>
public class RealFilesTests
{
    [Fact]
    public async Task Read_EveryRealFile_AgreesWithPydicomInEveryElement()
    {
        string[] folders = ["charset", "echo_cine", "echo_cine_transcoded", "echo_still", "malformed", "malformed_echo", "other_modality", "sr", "unsupported_ts", "us_nonecho"];
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(RealData.RequireFile(folder))).Order().ToArray();
        var theirs = (await Pydicom.ReadAsync(files)).GroupBy(element => element.File).ToDictionary(group => group.Key, group => group.ToList());

        var differences = new List<string>();
        var compared = 0;
        foreach (var file in files)
        {
            DicomFile ours;
            try
            {
                ours = DicomFile.Read(file);
            }
            catch (DicomFormatException)
            {
                continue; // MalformedFilesTests says which these are
            }
            foreach (var element in theirs[file])
                compared += Compare(ours.Dataset, element, differences);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n" + string.Join('\n', differences.Take(40)));
        Assert.True(compared > 14000, $"only {compared} elements compared");
    }

    [Fact]
    public void Read_BigEndianAndDeflated_GiveTheBytesOfLittleEndian()
    {
        var little = DicomFile.Read(RealData.RequireFile("echo_cine_transcoded/IM00001.explicit_le.dcm")).Dataset;
        foreach (var name in (string[])["explicit_be", "deflated"])
        {
            var other = DicomFile.Read(RealData.RequireFile($"echo_cine_transcoded/IM00001.{name}.dcm")).Dataset;
            Assert.Equal(Convert.ToHexString(SHA256.HashData(little.GetBytes(DicomTags.PixelData).Span)), Convert.ToHexString(SHA256.HashData(other.GetBytes(DicomTags.PixelData).Span)));
            Assert.Equal(little.GetDoubles(DicomTags.FrameTimeVector), other.GetDoubles(DicomTags.FrameTimeVector));
        }
    }

    [Fact]
    public void Read_HeaderOnly_AgreesWithTheManifest()
    {
        foreach (var row in Manifest.Rows.Where(row => row["sop_class"].Length > 0 && !row["rows"].StartsWith('[')))
        {
            var file = DicomFile.Read(RealData.RequireFile(row["file"]), DicomReadOptions.Header with { StopBefore = new DicomTag(0x0028, 0x0014) }); // some are cut short later
            Assert.Equal(row["sop_class"], file.Dataset.GetString(DicomTags.SOPClassUID));
            Assert.Equal(row["transfer_syntax"], file.TransferSyntax.Uid);
            Assert.Equal(row["modality"], file.Dataset.GetString(DicomTags.Modality) ?? "");
            Assert.Equal(row["rows"], file.Dataset.GetString(DicomTags.Rows) ?? "");
            Assert.Equal(row["frames"], file.Dataset.GetString(DicomTags.NumberOfFrames) ?? (row["frames"] == "1" ? "1" : ""));
            Assert.Equal(row["manufacturer"], file.Dataset.GetString(DicomTags.Manufacturer) ?? "");
        }
    }

    private static int Compare(DicomDataset dataset, Pydicom.Element theirs, List<string> differences)
    {
        if (theirs.Vr == Pydicom.Unreadable || theirs is { Vr: "OW" } && theirs.File.EndsWith("explicit_be.dcm", StringComparison.Ordinal))
            return 0; // pydicom leaves OW in big endian; Read_BigEndian_… compares those bytes
        var steps = theirs.Path.Split('/');
        foreach (var step in steps[..^1])
        {
            var sequence = dataset.GetSequence(Tag(step));
            var index = int.Parse(step[9..^1], CultureInfo.InvariantCulture);
            if (index >= sequence.Count)
                return Differ("(no such item)");
            dataset = sequence[index];
        }
        if (!dataset.TryGet(Tag(steps[^1]), out var element))
            return Differ("(absent)");

        var ours = Values(dataset, element);
        return ours.SequenceEqual(theirs.Values.Select(Text)) || ours is [] && theirs.Values.All(value => Text(value).Length == 0) ? 1 : Differ(string.Join('|', ours));

        int Differ(string found)
        {
            differences.Add($"{Path.GetFileName(theirs.File)} {theirs.Path} {theirs.Vr}: {string.Join('|', theirs.Values.Select(Text))} but {found}");
            return 1;
        }
    }

    private static string[] Values(DicomDataset dataset, DicomElement element)
    {
        var vr = element.EffectiveVr;
        if (element.Items is { } items)
            return [items.Count.ToString(CultureInfo.InvariantCulture)];
        if (element.Fragments is not null)
            return Bulk(WithItemHeaders(element));
        if (vr == DicomVr.DS || vr == DicomVr.IS || !vr.IsText && !vr.IsBulk && vr != DicomVr.AT)
            return [.. dataset.GetDoubles(element.Tag).Select(Text)];
        if (vr.IsText || vr == DicomVr.AT)
            return [.. dataset.GetStrings(element.Tag).Select(text => text.Trim(' ', '\0'))];
        return dataset.GetBytes(element.Tag) is { Length: > 0 } bytes ? Bulk(bytes.ToArray()) : [];
    }

    // pydicom keeps an encapsulated value as it stands in the file: its items without the sequence delimiter.
    private static byte[] WithItemHeaders(DicomElement element)
    {
        using var stream = new MemoryStream();
        foreach (var fragment in element.Fragments!)
        {
            stream.Write([0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes((uint)fragment.Length)]);
            fragment.CopyTo(stream);
        }
        return stream.ToArray();
    }

    private static string[] Bulk(byte[] bytes) => [Text(bytes.Length), Convert.ToHexStringLower(SHA256.HashData(bytes))];

    private static DicomTag Tag(string step) => DicomTag.TryParse(step[..8], out var tag) ? tag : throw new FormatException(step);

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Number ? Text(value.GetDouble()) : value.GetString()!;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
