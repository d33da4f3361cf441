using System.Text;
using System.Text.Json;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests;

public sealed class DicomJsonTests
{
    [Fact]
    public void Write_EveryKindOfValue_IsAsAnnexFSays()
    {
        var dataset = new DicomDataset()
            .Set(DicomTags.SpecificCharacterSet, "ISO_IR 100")
            .Set(DicomTags.PatientName, "Jörg^Wang=王^小東=")
            .Set(DicomTags.PatientID, "")
            .SetBytes(DicomTags.ImageType, DicomVr.CS, "ORIGINAL\\\\AXIAL "u8.ToArray())
            .SetBytes(DicomTags.FrameTime, DicomVr.DS, "33.30 "u8.ToArray())
            .SetBytes(DicomTags.NumberOfFrames, DicomVr.IS, "1A"u8.ToArray())
            .Set(DicomTags.Rows, 480)
            .SetBytes(DicomTags.FrameIncrementPointer, DicomVr.AT, new byte[] { 0x18, 0x00, 0x63, 0x10 })
            .SetBytes(DicomTags.ExtendedOffsetTable, DicomVr.OV, new byte[8])
            .SetBytes(new DicomTag(0x0008, 0x0000), DicomVr.UL, new byte[4]) // a group length
            .SetSequence(DicomTags.ReferencedSOPSequence, [new DicomDataset().Set(DicomTags.ReferencedSOPInstanceUID, "1.2.3"), new DicomDataset()])
            .SetBytes(DicomTags.PixelData, DicomVr.OB, new byte[100_000]);
        Assert.Equal("""
            {"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3"]}},{}]},
            "00100010":{"vr":"PN","Value":[{"Alphabetic":"Jörg^Wang","Ideographic":"王^小東"}]},"00100020":{"vr":"LO"},"00181063":{"vr":"DS","Value":[33.30]},
            "00280008":{"vr":"IS","Value":["1A"]},"00280009":{"vr":"AT","Value":["00181063"]},"00280010":{"vr":"US","Value":[480]},
            "7FE00001":{"vr":"OV","InlineBinary":"AAAAAAAAAAA="},"7FE00010":{"vr":"OB","BulkDataURI":"/bulk/7FE00010"}}
            """.ReplaceLineEndings("").Replace("            ", "", StringComparison.Ordinal),
            Json(dataset, element => element.Tag == DicomTags.PixelData ? "/bulk/7FE00010" : null));
        Assert.EndsWith("""{"vr":"OB"}}""", Json(dataset, null), StringComparison.Ordinal); // too large to be inline, and no place for it
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-7", "-7")]
    [InlineData("+12", "12")]
    [InlineData("1.5e3", "1500")]
    [InlineData("9223372036854775807", "\"9223372036854775807\"")]
    [InlineData("NaN", "\"NaN\"")]
    [InlineData("1e999", "\"1e999\"")]
    [InlineData("Infinity", "\"Infinity\"")]
    [InlineData("0x10", "\"0x10\"")]
    [InlineData("1,5", "\"1,5\"")]
    public void Write_DecimalString_IsANumberWhereItIsOne(string text, string expected)
    {
        var padded = text.Length % 2 == 0 ? text : text + " ";
        var dataset = new DicomDataset().SetBytes(DicomTags.FrameTime, DicomVr.DS, Encoding.ASCII.GetBytes(padded));
        Assert.Equal($$$"""{"00181063":{"vr":"DS","Value":[{{{expected}}}]}}""", Json(dataset, null));
    }

    /// <summary>Real headers, against pydicom's JSON of the same files.</summary>
    [Fact]
    public async Task Write_RealFiles_SayWhatPydicomSays()
    {
        var root = RealData.RequireRoot();
        var files = ((string[])["echo_cine", "echo_still", "sr", "charset", "other_modality", "us_nonecho"]).Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(12)).ToArray();
        var script = Path.Combine(RealData.RepositoryRoot, "tests", "Dicom.Tests", "Oracles", "pydicom_json.py");
        var theirs = (await ExternalTool.RunAsync("python3-pydicom", "/usr/bin/python3", ["-W", "ignore", script, .. files])).Output.Split('\n');
        var (compared, different) = (0, new List<string>());
        foreach (var (file, line) in files.Zip(theirs).Where(pair => pair.Second.Length > 0))
        {
            using var expected = JsonDocument.Parse(line);
            using var actual = JsonDocument.Parse(Json(DicomFile.Read(file, DicomReadOptions.Header).Dataset, null));
            compared += Compare(Path.GetFileName(file), expected.RootElement, actual.RootElement, different);
        }
        Assert.True(different.Count == 0, string.Join('\n', different.Take(40)));
        Assert.True(compared > 500, $"only {compared} values were compared");
    }

    /// <summary>What was written is read as the same data set: the same JSON again, and the same bytes where there are bytes.</summary>
    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var pixels = new byte[100_000];
        new Random(1).NextBytes(pixels);
        var dataset = new DicomDataset()
            .Set(DicomTags.SpecificCharacterSet, "ISO_IR 192")
            .Set(DicomTags.PatientName, "Jörg^Wang=王^小東", "=Ivanov")
            .Set(DicomTags.PatientID, "")
            .SetBytes(DicomTags.ImageType, DicomVr.CS, "ORIGINAL\\\\AXIAL "u8.ToArray())
            .Set(DicomTags.FrameTime, 33.3).Set(DicomTags.NumberOfFrames, 40).Set(DicomTags.Rows, 480)
            .Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime)
            .SetBytes(new DicomTag(0x0072, 0x0082), DicomVr.SV, BitConverter.GetBytes(long.MinValue))
            .SetBytes(new DicomTag(0x0072, 0x0083), DicomVr.UV, BitConverter.GetBytes(ulong.MaxValue))
            .SetBytes(new DicomTag(0x0072, 0x0074), DicomVr.FD, (byte[])[.. BitConverter.GetBytes(double.NaN), .. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(double.NegativeInfinity)])
            .SetBytes(new DicomTag(0x0072, 0x0076), DicomVr.FL, BitConverter.GetBytes(0.1f))
            .SetBytes(new DicomTag(0x0072, 0x007C), DicomVr.SL, BitConverter.GetBytes(int.MinValue))
            .SetBytes(new DicomTag(0x0011, 0x0010), DicomVr.LO, "ACME"u8.ToArray())
            .SetBytes(new DicomTag(0x0011, 0x1001), DicomVr.UN, new byte[] { 1, 2, 3, 4 })
            .SetSequence(DicomTags.ReferencedSOPSequence, [new DicomDataset().Set(DicomTags.ReferencedSOPInstanceUID, "1.2.3"), new DicomDataset()])
            .SetBytes(DicomTags.PixelData, DicomVr.OB, pixels);
        var json = Json(dataset, element => element.Tag == DicomTags.PixelData ? "/bulk" : null);
        var read = Read(json, uri => uri == "/bulk" ? pixels : throw new InvalidOperationException(uri));
        Assert.Equal(json, Json(read, element => element.Tag == DicomTags.PixelData ? "/bulk" : null));
        Assert.Equal(DicomDatasetWriter.Encode(dataset, TransferSyntax.ExplicitVRLittleEndian), DicomDatasetWriter.Encode(read, TransferSyntax.ExplicitVRLittleEndian));
        Assert.False(Read(json, null).Contains(DicomTags.PixelData));
    }

    [Fact]
    public void Read_TextOfAnyCharacterSet_IsWrittenInUtf8()
    {
        var read = Read("""{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Jörg"}]}}""", null);
        Assert.Equal("ISO_IR 192", read.GetString(DicomTags.SpecificCharacterSet));
        Assert.Equal("Jörg "u8.ToArray(), read.GetBytes(DicomTags.PatientName).ToArray());
        Assert.Equal("ISO_IR 192", Read("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Jörg"}]}}""", null).GetString(DicomTags.SpecificCharacterSet));
        // Neither character set, nor meta information, nor group length.
        var plain = Read("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Jorg"}]},"00020010":{"vr":"UI","Value":["1.2"]},"00100000":{"vr":"UL","Value":[4]}}""", null);
        Assert.Equal(DicomTags.PatientName, Assert.Single(plain).Tag);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"PatientName":{"vr":"PN"}}""")]
    [InlineData("""{"00100010":{}}""")]
    [InlineData("""{"00100010":{"vr":"XX"}}""")]
    [InlineData("""{"00100010":{"vr":1}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":"Doe"}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":["Doe"]}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":1}]}}""")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["a\\b"]}}""")]
    [InlineData("""{"0020000D":{"vr":"UI","Value":["ü"]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[65536]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[1.5]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[null]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":["many"]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[1e999]}}""")]
    [InlineData("""{"00280009":{"vr":"AT","Value":["0018"]}}""")]
    [InlineData("""{"7FE00010":{"vr":"OB","InlineBinary":"!"}}""")]
    [InlineData("""{"7FE00010":{"vr":"OB","Value":[1]}}""")]
    [InlineData("""{"00081199":{"vr":"SQ","Value":[1]}}""")]
    [InlineData("""{"00081199":{"vr":"SQ","InlineBinary":"AAAA"}}""")]
    public void Read_WhatIsNotInTheModel_IsRefused(string json) => Assert.Throws<DicomFormatException>(() => Read(json, null));

    [Fact]
    public void Read_RealFiles_AsTheyWereWritten()
    {
        var root = RealData.RequireRoot();
        var files = ((string[])["echo_cine", "echo_still", "sr", "charset"]).Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(12));
        foreach (var file in files)
        {
            var json = Json(DicomFile.Read(file, DicomReadOptions.Header).Dataset, null);
            using var document = JsonDocument.Parse(json);
            Assert.Equal(WithoutCharacterSet(json), WithoutCharacterSet(Json(DicomJson.Read(document.RootElement), null)));
        }
    }

    // A data set in ASCII need not name a character set; one that is read from JSON in Unicode must.
    private static string WithoutCharacterSet(string json) => json.Replace("""{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},""", "{", StringComparison.Ordinal);

    private static DicomDataset Read(string json, Func<string, ReadOnlyMemory<byte>>? bulkData)
    {
        using var document = JsonDocument.Parse(json);
        return DicomJson.Read(document.RootElement, bulkData);
    }

    // Tag by tag. pydicom keeps the character set's own term, writes DS as it prefers, and has group lengths.
    private static int Compare(string where, JsonElement expected, JsonElement actual, List<string> different)
    {
        var compared = 0;
        foreach (var property in expected.EnumerateObject().Where(property => property.Name is not "00080005" && !property.Name.EndsWith("0000", StringComparison.Ordinal)))
        {
            var path = $"{where}/{property.Name}";
            if (!actual.TryGetProperty(property.Name, out var ours))
            {
                different.Add($"{path} is missing");
                continue;
            }
            var (theirValues, ourValues) = (Values(property.Value), Values(ours));
            if (theirValues.Count != ourValues.Count)
            {
                different.Add($"{path}: {property.Value} and {ours}");
                continue;
            }
            foreach (var (theirValue, ourValue) in theirValues.Zip(ourValues))
            {
                if (theirValue.ValueKind == JsonValueKind.Object && property.Value.GetProperty("vr").GetString() == "SQ")
                    compared += Compare(path, theirValue, ourValue, different);
                else if (Plain(theirValue) == Plain(ourValue))
                    compared++;
                else
                    different.Add($"{path}: {theirValue} and {ourValue}");
            }
        }
        return compared;
    }

    private static List<JsonElement> Values(JsonElement element) =>
        element.TryGetProperty("Value", out var values) ? [.. values.EnumerateArray()] : element.TryGetProperty("InlineBinary", out var binary) ? [binary] : [];

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => ((float)value.GetDouble()).ToString(System.Globalization.CultureInfo.InvariantCulture), // pydicom widens FL
        JsonValueKind.String => value.GetString()!.TrimEnd(' ', '\0'),
        JsonValueKind.Null => "",
        _ => string.Join('=', value.EnumerateObject().Select(group => $"{group.Name}:{group.Value.GetString()}")),
    };

    private static string Json(DicomDataset dataset, Func<DicomElement, string?>? bulkDataUri)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            DicomJson.Write(json, dataset, bulkDataUri);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
