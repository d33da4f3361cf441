using EchoClr.App;
using EchoClr.App.Benchmarks.Soak;
using EchoClr.Inference.Tests.World;
using EchoClr.Testing;

namespace EchoClr.EndToEnd;

/// <summary>The soak for two minutes, with small models and many faults; half an hour and more is <c>./echoclr bench soak</c>.</summary>
public sealed class SoakTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Terminal terminal = new(TextWriter.Null, TextWriter.Null, interactive: false);

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Suite", "long")]
    public async Task TwoMinutes_EveryFault_NothingIsLeftAndTheLedgerIsExact()
    {
        DebianPackage.RequireOrthanc();
        await using var soak = new SoakRun(new SoakOptions
        {
            Folder = folder.Path, StudyCache = Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "demo-studies"), Length = TimeSpan.FromMinutes(2), StudiesAnHour = 180,
            ObjectsAStudy = 8, Faults = 0.25, DrainDeadline = TimeSpan.FromMinutes(15), Settings = [$"Inference:Models:Directory={TestModels.Write(Path.Combine(folder.Path, "models"))}"],
        }, terminal);
        var report = await soak.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(report.Complaints.Count == 0, string.Join("\n", report.Complaints));
        Assert.Equal(Enum.GetValues<SoakFault>(), report.Faults.Keys.Order());
    }
}
