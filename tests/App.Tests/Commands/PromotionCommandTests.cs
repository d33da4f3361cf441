using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>models</c> and <c>labels</c> as a model administrator types them.</summary>
public sealed class PromotionCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestDatabase _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestDatabase.CreateAsync();
        await _test.CompleteStudyAsync("one");
        await _test.CompleteStudyAsync("two");
    }

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Models_ImportJudgePromoteRollback()
    {
        Assert.Contains("is in service", (await RunAsync("models", "import", Release("1.0.0"), "--promote")).Output, StringComparison.Ordinal);
        Assert.Contains("has not been through the gate", (await RunAsync("models", "import", Release("2.0.0"), "--promote", "--parent", "1")).Error, StringComparison.Ordinal);
        Assert.Contains("as-lvh names 2 models; name one by its id: 1 (1.0.0), 2 (2.0.0)", (await RunAsync("models", "judge", "as-lvh")).Error, StringComparison.Ordinal);
        var judged = await RunAsync("models", "judge", "as-lvh 2.0.0", "--by", "Anna");
        Assert.Equal(1, judged.ExitCode);
        Assert.Contains("did not pass the gate: AS: not enough labels: 0 positive and 0 negative", judged.Output, StringComparison.Ordinal);
        Assert.Contains("not enough labels", (await RunAsync("models", "promote", "2", "--by", "Anna", "--reason", "I like it")).Error, StringComparison.Ordinal);
        Assert.Contains("needs a reason", (await RunAsync("models", "promote", "2", "--reason", " ")).Error, StringComparison.Ordinal);
        Assert.Contains("no as-lvh served before", (await RunAsync("models", "rollback", "--reason", "x")).Error, StringComparison.Ordinal);

        var promotions = new PromotionStore(_test.Database);
        await promotions.RecordVerdictAsync(new NewVerdict(2, 1, true, "AS: as good", "{}", "set", "Anna"), AuditParticipant.Operator(), Rows.Noon, default);
        Assert.Contains("in shadow since 2025-01-10", (await RunAsync("models", "list")).Output, StringComparison.Ordinal);
        await promotions.MakeCandidateAsync(2, "seen", Rows.Noon, default);
        Assert.Contains("as-lvh 2.0.0 (model 2) is in service", (await RunAsync("models", "promote", "2", "--by", "Anna", "--reason", "better on AS")).Output, StringComparison.Ordinal);
        var listed = await RunAsync("models", "list", "--json");
        Assert.Contains("\"promotionReason\": \"better on AS\"", listed.Output, StringComparison.Ordinal);
        Assert.Contains("\"parentId\": 1", listed.Output, StringComparison.Ordinal);
        Assert.Contains("passed: AS: as good", (await RunAsync("models", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("AS 0.900", (await RunAsync("models", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("as-lvh 1.0.0 (model 1) is in service again", (await RunAsync("models", "rollback", "--by", "Bela", "--reason", "it missed one")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_ImportedByStudyAndPatient_AndExportedAgain()
    {
        var file = Write($"study,patient,name,value,reader,saw_ai\n{Rows.Uid("study one")},,AS,present,\"Dr. \"\"A\"\"\",no\n,P-two,My-label,0,Bela,yes\n9.9.9,,AS,1,Bela,no\n");
        Assert.Equal("2 labels added, 0 were there already, 1 lines name studies that are not here", (await RunAsync("labels", "import", file)).Output.Trim());
        Assert.Equal("0 labels added, 2 were there already, 1 lines name studies that are not here", (await RunAsync("labels", "import", file)).Output.Trim());

        var exported = Path.Combine(_folder.Path, "out.csv");
        Assert.Equal(0, (await RunAsync("labels", "export", exported)).ExitCode);
        var lines = await File.ReadAllLinesAsync(exported);
        Assert.StartsWith($"{Rows.Uid("study one")},AS,present,\"Dr. \"\"A\"\"\",no,import,", lines[1], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
        Assert.NotEqual(0, (await RunAsync("labels", "export", exported)).ExitCode); // never over a file
        Assert.Equal("0 labels added, 2 were there already", (await RunAsync("labels", "import", exported)).Output.Trim());
    }

    [Theory]
    [InlineData("study,name,value\n1,AS,present\n", "whether the readers saw the AI must be said")]
    [InlineData("study,name\n1,AS\n", "needs the columns")]
    [InlineData("", "the file is empty")]
    [InlineData("study,name,value,saw_ai\n1,AS,maybe,no\n,AS,1,no\n1,<b>,1,no\n1,AS,1,perhaps\n", "line 2: the value is present, absent or unsure; line 3: neither study nor patient; line 4: a name has letters")]
    [InlineData("study,name,value,saw_ai\n1,AS\n", "line 2 has 2 fields")]
    [InlineData("study,name,value,saw_ai\n\"1,AS\n", "does not end")]
    [InlineData("study,name,value,value\n", "there twice")]
    public async Task Labels_ThatMakeNoSense_AreRefusedAsAWhole(string text, string why)
    {
        var run = await RunAsync("labels", "import", Write(text));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
        Assert.Empty(await new LabelStore(_test.Database).ListAsync(default));
    }

    [Theory]
    [InlineData("0 training clips do not fill a batch", "findings", "--labels", "AS,My-label")]
    [InlineData("names each finding once", "findings", "--labels", "AS,AS")]
    [InlineData("names each finding once", "view", "--labels", "AS")]
    public async Task FineTuneOnLabels_ThatCannotBe_SaysWhy(string why, params string[] arguments)
    {
        var run = await RunAsync(["finetune", .. arguments, "--out", Path.Combine(_folder.Path, "model")]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EvaluateOnLabels_WithoutAny_SaysWhy()
    {
        var shipped = Path.Combine(RealData.RepositoryRoot, "models", "as-lvh");
        Assert.Contains("AS cannot be measured: 0 of 0 studies are positive", (await RunAsync("evaluate", shipped, "--labels", "--out", _folder.Path)).Error, StringComparison.Ordinal);
        Assert.Contains("is no share", (await RunAsync("evaluate", shipped, "--labels", "--out", _folder.Path, "--prevalence", "AS=2")).Error, StringComparison.Ordinal);
        Assert.Contains("no findings model", (await RunAsync("evaluate", Path.Combine(RealData.RepositoryRoot, "models", "view-gate"), "--out", _folder.Path)).Error, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder.Path, "labels.csv");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The shipped model under another version and with other weights: one byte of the last tensor differs.</summary>
    private string Release(string version)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, version)).FullName;
        var shipped = Path.Combine(RealData.RepositoryRoot, "models", "as-lvh");
        var weights = File.ReadAllBytes(Path.Combine(shipped, VideoModels.Checkpoints.ModelRelease.WeightsFileName));
        weights[^1] ^= (byte)(version[0] - '0');
        File.WriteAllBytes(Path.Combine(folder, VideoModels.Checkpoints.ModelRelease.WeightsFileName), weights);
        var manifest = VideoModels.Checkpoints.ModelManifest.Read(Path.Combine(shipped, "manifest.json"));
        (manifest with
        {
            Version = version, Weights = manifest.Weights with { Sha256 = VideoModels.Checkpoints.ModelRelease.Hash(weights) }, Metrics = [new VideoModels.Checkpoints.Metric("AUROC", "AS", 0.9, 0.8, 1, 10, 5)],
        }).Write(Path.Combine(folder, "manifest.json"));
        return folder;
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync([.. arguments, "--data", _test.Options.Directory], new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
