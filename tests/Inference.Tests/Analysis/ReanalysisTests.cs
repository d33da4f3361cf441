using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Inference.Tests.Analysis;

/// <summary>A new model reads old studies only on request (design §5.4); its report then supersedes the earlier model's.</summary>
public sealed class ReanalysisTests
{
    [Fact]
    public async Task OldStudy_IsReadByTheNewModelOnRequestOnly_AndItsReportSupersedes()
    {
        using var folder = new TemporaryFolder();
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync();
        await world.AdvanceAsync(first);
        var (analyses, studies) = (world.Get<AnalysisStore>(), world.Get<StudyStore>());
        var earlier = (await analyses.FindAsync(first.AnalysisId, default))!;
        Assert.Equal("the model in service has read it", await RequestAsync());

        TestModels.Write(folder.Path, aorticStenosis: 0.3, version: "2.0.0");
        var path = Path.Combine(folder.Path, LoadedModels.FindingsKind);
        var hash = ModelManifest.Read(Path.Combine(path, ModelManifest.FileName)).Weights.Sha256;
        var model = await world.Get<ModelStore>().ImportAsync(new NewModel(LoadedModels.FindingsKind, "as-lvh", "2.0.0", hash, "{}", path, true), world.Time.GetUtcNow(), default);
        await world.Get<ModelStore>().PromoteAsync(model.Id, "Anna", world.Time.GetUtcNow(), default);
        await world.Get<StudyVersionAnalysis>().RunAsync(earlier.StudyVersionId, urgent: false, default);
        Assert.Single(await analyses.ListOfVersionAsync(earlier.StudyVersionId, default)); // nobody asked
        Assert.Empty(await OwedAsync());

        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await RequestAsync());
        Assert.Equal("Anna asked for it already", await RequestAsync());
        Assert.Equal(earlier.StudyVersionId, Assert.Single(await OwedAsync()).Id); // the reconciler brings it
        await world.Get<StudyVersionAnalysis>().RunAsync(earlier.StudyVersionId, urgent: false, default);
        await world.Get<StudyVersionAnalysis>().RunAsync(earlier.StudyVersionId, urgent: false, default);
        var both = await analyses.ListOfVersionAsync(earlier.StudyVersionId, default);
        Assert.Equal([earlier.ModelId, model.Id], both.Select(analysis => analysis.ModelId));
        Assert.Empty(await OwedAsync());

        await world.Get<ReportWriter>().WriteAsync(both[1].Id, default);
        var second = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(both[1].Id, default));
        await world.AdvanceAsync(second);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
        var row = (await world.Get<Worklist>().FindAsync(earlier.StudyInstanceUid, default))!;
        Assert.Equal((both[1].Id, WorklistState.Confirmed), (row.Analysis!.Id, row.State));
        Assert.Contains(await world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, default), message => message.Message.Contains("re-analysis by as-lvh 2.0.0 requested", StringComparison.Ordinal));

        Task<string?> RequestAsync() => analyses.RequestAgainAsync(earlier.StudyInstanceUid, AuditParticipant.Operator(), "Anna", world.Time.GetUtcNow(), default);

        Task<IReadOnlyList<BacklogRow>> OwedAsync() => studies.ListUnanalyzedAsync(urgent: false, world.Time.GetUtcNow().AddMinutes(-1), world.Time.GetUtcNow(), 10, default);
    }
}
