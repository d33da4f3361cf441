using System.Text.RegularExpressions;
using EchoClr.App.RealFiles;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Analysis;
using EchoClr.Ingest.Receiving;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.EndToEnd;

/// <summary>The real files, whole and broken, over one association into the store and through the service's own reading of studies.</summary>
public sealed partial class RealFilesTests(RealFilesRunFixture fixture) : IClassFixture<RealFilesRunFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryFile_OverOneAssociation_WhichIsReleasedInOrder()
    {
        Assert.Equal(1, fixture.Run.Associations);
        await UntilAsync("SELECT COUNT(*) FROM association WHERE end_kind = 'Released' AND instances_stored > 0", count => count >= 1, "the association was not released");
        Assert.All(fixture.Run.Files.Select(result => result.Arrival.Sent.Status).OfType<DimseStatus>().Where(status => !status.IsSuccess), status => Assert.Contains(status, StoreStatus.Failures));
        Assert.All(fixture.Run.Files, result => Assert.True(result.Arrival.Sent.Status is not null || result.Arrival.Received.StartsWith("not sen", StringComparison.Ordinal), $"{result.Arrival.File.Name}: {result.Arrival.Received}"));
    }

    [Fact]
    public void WhatIsKept_IsByteIdentical()
    {
        Assert.All(fixture.Run.Files.Where(result => result.Arrival.Kept is not null), result => Assert.True(result.Arrival.Kept!.Identical, result.Arrival.File.Name));
        foreach (var (folder, count) in (ReadOnlySpan<(string, int)>)[("echo_cine", 20), ("echo_cine_transcoded", 16), ("echo_still", 3), ("sr", 7)])
        {
            var files = Folder(folder);
            Assert.Equal(count, files.Count);
            Assert.All(files, result => Assert.Equal("0000H, kept, byte-identical", result.Arrival.Received));
        }
    }

    [Fact]
    public async Task AfterAllOfThem_ACleanStudyGoesThrough()
    {
        var source = DicomFile.Read(RealData.RequireFile("echo_cine/go-dicom__I_000007.dcm"));
        var (study, instance) = (DicomUid.FromName("clean study"), DicomUid.FromName("clean instance"));
        source.Dataset.Set(DicomTags.StudyInstanceUID, study).Set(DicomTags.SeriesInstanceUID, DicomUid.FromName("clean series")).Set(DicomTags.SOPInstanceUID, instance);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "clean.dcm");
        new DicomFile(source.Dataset, source.TransferSyntax).Write(path);

        var arrival = Assert.Single(await fixture.Listener.SendAsync(fixture.Terminal, [new RealFile("clean", "clean/clean.dcm", path)], Cancel));

        Assert.Equal("0000H, kept, byte-identical", arrival.Received);
        await UntilAsync("SELECT COUNT(*) FROM study_version WHERE state = 'Open'", open => open == 0, "a study was never complete");
        var version = Assert.Single(await fixture.Listener.Get<StudyStore>().ListVersionsAsync(study, Cancel));
        Assert.Equal(StudyVersionState.Complete, version.State);
    }

    [Fact]
    public void NothingIsWritten_ButUnderNamesOfOurs()
    {
        Assert.Equal(["data"], Directory.EnumerateFileSystemEntries(fixture.Folder).Select(Path.GetFileName));
        Assert.Equal(["clips", "echoclr.db", "objects", "results", "spool", "training"], Directory.EnumerateFileSystemEntries(Path.Combine(fixture.Folder, "data")).Select(entry => Path.GetFileName(entry)!).Where(name => !name.StartsWith("echoclr.db-", StringComparison.Ordinal)).Order());
        var objects = Directory.EnumerateFiles(Path.Combine(fixture.Folder, "data", "objects"), "*", SearchOption.AllDirectories).ToList();
        Assert.True(objects.Count >= fixture.Run.Files.Select(result => result.Arrival.Kept?.Path).OfType<string>().Distinct().Count());
        Assert.All(objects, path => Assert.Matches("/objects/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}[.]dcm$", path));
    }

    [Fact]
    public void RealCines_AreDecodedWithTheirCountSizeAndTimes()
    {
        var manifest = File.ReadLines(RealData.RequireFile("MANIFEST.csv")).Skip(1).ToDictionary(line => line[..line.IndexOf(',', StringComparison.Ordinal)]);
        foreach (var result in Folder("echo_cine").Concat(Folder("echo_cine_transcoded")))
        {
            var outcome = Alone(result);
            var header = DicomFile.Read(result.Arrival.File.Path, DicomReadOptions.Header).Dataset;
            Assert.Equal((header.GetInt32(DicomTags.NumberOfFrames), header.GetInt32(DicomTags.Rows), header.GetInt32(DicomTags.Columns)), (outcome.Frames, outcome.Rows, outcome.Columns));
            Assert.Contains($",{outcome.Timing},", manifest[result.Arrival.File.Name], StringComparison.Ordinal);
            var vector = header.GetDoubles(DicomTags.FrameTimeVector);
            var milliseconds = vector.Count > 0 ? vector.Skip(1).Sum() : (outcome.Frames - 1) * header.GetDouble(DicomTags.FrameTime);
            Assert.Equal(milliseconds!.Value, outcome.Duration!.Value.TotalMilliseconds, 0.1);
        }
    }

    [Fact]
    public void LosslessTranscodes_DecodeToTheSameBytes()
    {
        string[] lossless = ["deflated", "explicit_be", "explicit_le", "j2k_lossless", "jpeg_lossless_sv1", "jpegls_lossless", "rle"];
        var hashes = Folder("echo_cine_transcoded").ToDictionary(result => Path.GetFileName(result.Arrival.File.Name), result => result.PixelsSha256);
        Assert.Single(lossless.Select(name => hashes[$"IM00001.{name}.dcm"]).Append(Of("echo_cine/dicomParser__IM00001.implicit_little_endian.dcm").PixelsSha256).Distinct());
        Assert.NotEqual(hashes["IM00001.explicit_le.dcm"], hashes["IM00001.j2k_lossy.dcm"]);
    }

    [Fact]
    public void RealBModeCines_AtLeastEight_ReachAProbabilityAsPlax()
    {
        var reached = Folder("echo_cine").Where(result => result.AsPlax.Findings.Any(finding => finding is { InstanceId: null, Probability: >= 0 and <= 1 })).ToList();
        Assert.True(reached.Count >= 8, $"only {reached.Count}");
        // The pixels decide, not the user's word: what is coloured stays refused.
        foreach (var colour in (string[])["go-dicom__I_000003.dcm", "go-dicom__I_000005.dcm", "dicomParser__IM00001.implicit_little_endian.dcm", "octave-dicom__US-PAL-8-10x-echo.dcm"])
            Assert.Equal("colour Doppler", Alone(Of("echo_cine/" + colour)).Reason);
    }

    [Fact]
    public void WhatIsNoEchoCine_IsNeverInferredUpon()
    {
        string[] others = ["echo_still", "other_modality", "us_nonecho", "unsupported_ts", "video", "sr", "not_dicom", "malformed"];
        Assert.All(others.SelectMany(Folder), result =>
        {
            Assert.Empty(result.AsPlax.Findings);
            Assert.False(string.IsNullOrEmpty(Alone(result).Reason), result.Arrival.File.Name);
        });
    }

    [Fact]
    public void MalformedFiles_DoNotChangeWhatIsReadOfTheRestOfTheirStudy()
    {
        Assert.All(fixture.Run.Files.Where(result => result.InService is not null), result => Assert.Equal(
            (Alone(result).Frames, Alone(result).Rows, Alone(result).Duration, Alone(result).Timing), (result.InService!.Frames, result.InService.Rows, result.InService.Duration, result.InService.Timing)));
        var study = Assert.Single(fixture.Run.Studies, study => study.Files.Any(file => file.Name == "malformed_echo/corrupt_frame.dcm"));
        Assert.Contains(study.Files, file => file.Name == "echo_cine/go-dicom__I_000001.dcm");
        Assert.Equal(34, Of("echo_cine/go-dicom__I_000001.dcm").InService!.Frames);
        Assert.All(study.Analysis.Outcomes, outcome => Assert.True(outcome.Used || outcome.Reason is not null));
    }

    [Fact]
    public void Document_SaysWhatIsReceivedAndDecodedNow()
    {
        var written = RealFilesDocument.Write(fixture.Run);
        Assert.All((string[])[fixture.Folder, RealData.Root!, "127.0.0.1"], place => Assert.DoesNotContain(place, written, StringComparison.Ordinal));
        Assert.Equal(ReceivedAndDecoded(Document()), ReceivedAndDecoded(written));
    }

    /// <summary>All but the numbers, whose last digits are the processor's. After a change of the weights the command must be run again.</summary>
    [Fact]
    public void Document_SaysWhatIsDecidedNow() =>
        Assert.Equal(Percentage().Replace(Document(), "n %").Split('\n'), Percentage().Replace(RealFilesDocument.Write(fixture.Run), "n %").Split('\n'));

    private static string Document() => File.ReadAllText(Path.Combine(RealData.RepositoryRoot, "docs", "real-files.md"));

    // The tables of files have five columns; these are the first three.
    private static List<string> ReceivedAndDecoded(string document)
    {
        var rows = document.Split('\n').Select(line => line.Split(" | ")).Where(cells => cells.Length == 5).Select(cells => string.Join(" | ", cells[..3])).ToList();
        Assert.True(rows.Count > 100, $"only {rows.Count} files in the document");
        return rows;
    }

    private IReadOnlyList<RealFileResult> Folder(string name) => [.. fixture.Run.Files.Where(result => result.Arrival.File.Folder == name)];

    private RealFileResult Of(string name) => Assert.Single(fixture.Run.Files, result => result.Arrival.File.Name == name);

    private static CineOutcome Alone(RealFileResult result) => result.AsPlax.Outcomes[0];

    private async Task UntilAsync(string sql, Func<long, bool> condition, string otherwise)
    {
        var database = fixture.Listener.Get<Database>();
        for (var attempt = 0; !condition(await database.ReadAsync(session => session.ScalarAsync<long>(sql), Cancel)); attempt++)
        {
            Assert.True(attempt < 150, otherwise);
            await Task.Delay(200, Cancel);
        }
    }

    [GeneratedRegex(@"\d+(\.\d+)? %")]
    private static partial Regex Percentage();
}
