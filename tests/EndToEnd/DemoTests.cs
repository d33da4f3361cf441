using EchoClr.App;
using EchoClr.App.Demo;
using EchoClr.Dicom.Net.Client;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.EndToEnd;

/// <summary>The main job with real peers: Orthanc receives, forwards, takes the results and confirms them.</summary>
public sealed class DemoTests : IDisposable
{
    /// <summary>Drawn once and shared by all runs.</summary>
    private static readonly string StudyCache = Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "demo-studies");

    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-demo-").FullName;
    private readonly DicomClient client = new(new DicomClientOptions(), TimeProvider.System);
    private readonly Terminal terminal = new(TextWriter.Null, TextWriter.Null, interactive: false);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>The PACS sends our own results back to us, as badly configured ones do: they are kept, and nothing is analysed a second time.</summary>
    [Fact]
    public async Task OneProcess_PacsForwardsEvenOurResults_EveryResultIsConfirmedOnce()
    {
        DebianPackage.RequireOrthanc();
        await using var demo = await StartAsync(new DemoOptions { Folder = folder, ForwardEchoes = true });
        var outcomes = await demo.ProcessAsync(await StudiesAsync(2), client, TestContext.Current.CancellationToken);
        AssertHeldByThePacs(outcomes);

        var database = demo.Host.Services.GetRequiredService<Database>();
        var results = await CountAsync(database, "SELECT COUNT(*) FROM result_object");
        await UntilAsync(async () => await CountAsync(database, "SELECT COUNT(*) FROM instance WHERE origin = 'Own'") == results, $"{results} results of ours did not come back");
        Assert.Equal(outcomes.Count, await CountAsync(database, "SELECT COUNT(*) FROM study_version"));
        Assert.Equal(outcomes.Count, await CountAsync(database, "SELECT COUNT(*) FROM analysis"));
        Assert.Equal(0, await CountAsync(database, "SELECT COUNT(*) FROM study_version_instance m JOIN instance i ON i.id = m.instance_id WHERE i.origin = 'Own'"));
    }

    /// <summary>The demonstration as it is shipped, with the weights in the tree.</summary>
    [Fact]
    public async Task OneProcess_RabbitMqAndShippedWeights_EveryResultIsConfirmed()
    {
        DebianPackage.RequireOrthanc();
        DebianPackage.RequireRabbitMq();
        await using var demo = await DemoRun.StartAsync(new DemoOptions { Folder = folder, Bus = BusTransport.RabbitMq }, terminal, TestContext.Current.CancellationToken);
        AssertHeldByThePacs(await demo.ProcessAsync(await StudiesAsync(1), client, TestContext.Current.CancellationToken));
    }

    private static void AssertHeldByThePacs(IReadOnlyList<DemoOutcome> outcomes) => Assert.All(outcomes, outcome =>
    {
        Assert.Equal(WorklistState.Confirmed, outcome.Row?.State);
        Assert.Equal(["AS", "LVH"], outcome.Row!.Findings.Select(finding => finding.Name).Order());
        Assert.All(outcome.Row.Deliveries, delivery => Assert.Equal("StorageCommitment", delivery.ConfirmedBy));
        Assert.True(outcome.Pacs is { HasAllThatWeWrote: true, SaliencyWritten: > 0 }, "the PACS gives back no report with its saliency cine");
        Assert.True(outcome.Good);
    });

    /// <summary>With networks whose answer is known, so that every cine is long axis and every study has a result.</summary>
    private Task<DemoRun> StartAsync(DemoOptions options) =>
        DemoRun.StartAsync(options with { Settings = [$"Inference:Models:Directory={TestModels.Write(Path.Combine(folder, "models"))}"] }, terminal, TestContext.Current.CancellationToken);

    private async Task<IReadOnlyList<DemoStudy>> StudiesAsync(int count)
    {
        var (files, truths) = await DemoStudies.EnsureAsync(terminal, StudyCache, 2, TestContext.Current.CancellationToken);
        var studies = DemoStudy.Group(files, truths, leftOut => Assert.Fail(leftOut));
        Assert.Equal(2, studies.Count);
        return [.. studies.Take(count)];
    }

    private static Task<long> CountAsync(Database database, string sql) => database.ReadAsync(session => session.ScalarAsync<long>(sql), TestContext.Current.CancellationToken);

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        for (var attempt = 0; !await condition(); attempt++)
        {
            Assert.True(attempt < 150, otherwise);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
