namespace EchoClr.Fuzz;

/// <summary>A fuzzer that finds nothing must be one that would have found something.</summary>
public sealed class FuzzRunTests
{
    [Fact]
    public void Run_TargetThatBelievesALength_FindsItAndShortensTheInput()
    {
        using var target = new Victim(input => _ = input[input[0]]);
        var finding = new FuzzRun(target, seed: 1).Run(executions: 10_000);
        Assert.Equal(("IndexOutOfRangeException", "victim"), (finding?.Kind, finding?.Target));
        Assert.InRange(finding!.Input.Length, 0, 4);
    }

    [Fact]
    public void Run_TargetThatAllocatesOnTrust_FindsGrowth()
    {
        using var target = new Victim(input => GC.KeepAlive(input.Length > 3 && input[3] > 0x7F ? new byte[200 << 20] : null));
        Assert.Equal("Growth", new FuzzRun(target, seed: 1).Run(executions: 10_000)?.Kind);
    }

    [Fact]
    public void Run_TargetThatLoopsLong_FindsItSlow()
    {
        using var target = new Victim(input =>
        {
            var sum = 0UL;
            for (var i = 0UL; input is [0xFF, ..] && i < 300_000_000; i++)
                sum += i * sum;
            GC.KeepAlive(sum);
        });
        Assert.Equal("Slow", new FuzzRun(target, seed: 1) { MaxCpuTime = TimeSpan.FromMilliseconds(100) }.Try([0xFF])?.Kind);
        Assert.Null(new FuzzRun(target, seed: 1).Try([0]));
    }

    private sealed class Victim(Action<byte[]> read) : FuzzTarget
    {
        public override string Name => "victim";

        public override IReadOnlyList<byte[]> Seeds { get; } = [[3, 0, 0, 0, 0, 0, 0, 0]];

        public override void Run(byte[] input) => read(input);
    }
}
