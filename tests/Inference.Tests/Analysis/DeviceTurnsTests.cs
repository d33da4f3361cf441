using EchoClr.Inference.Analysis;

namespace EchoClr.Inference.Tests.Analysis;

public class DeviceTurnsTests
{
    [Fact]
    public async Task Take_UrgentComesBeforeAllThatWait_AndAfterTheUrgentBeforeIt()
    {
        var turns = new DeviceTurns(new AnalysisOptions());
        var first = await turns.TakeAsync(urgent: false, CancellationToken.None);
        var order = new List<string>();
        var waiting = new List<Task>();
        foreach (var (name, urgent) in new[] { ("a", false), ("U", true), ("b", false), ("V", true) })
            waiting.Add(ReadAsync(name, turns.TakeAsync(urgent, CancellationToken.None)));
        first.Dispose();
        first.Dispose(); // once is enough
        await Task.WhenAll(waiting);
        Assert.Equal(["U", "V", "a", "b"], order);

        async Task ReadAsync(string name, Task<IDisposable> called)
        {
            using var turn = await called;
            order.Add(name); // one at a time
        }
    }

    [Fact]
    public async Task Take_AsManyAtATimeAsThereAreDevices()
    {
        var turns = new DeviceTurns(new AnalysisOptions { Concurrency = 2 });
        var one = await turns.TakeAsync(urgent: false, CancellationToken.None);
        using var two = await turns.TakeAsync(urgent: false, CancellationToken.None);
        var three = turns.TakeAsync(urgent: true, CancellationToken.None);
        Assert.False(three.IsCompleted);
        one.Dispose();
        (await three).Dispose();
    }

    [Fact]
    public async Task Take_CancelledWhileItWaits_LeavesTheOthersTheirTurn()
    {
        var turns = new DeviceTurns(new AnalysisOptions());
        var first = await turns.TakeAsync(urgent: false, CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        var given = turns.TakeAsync(urgent: true, cancellation.Token);
        var next = turns.TakeAsync(urgent: false, CancellationToken.None);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        first.Dispose();
        (await next).Dispose();
        using var free = await turns.TakeAsync(urgent: false, CancellationToken.None);
    }
}
