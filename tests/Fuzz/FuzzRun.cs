using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EchoClr.Fuzz;

/// <summary>Feeds one target with mutations of its seeds and of its corpus, and judges what it does.</summary>
internal sealed class FuzzRun(FuzzTarget target, int seed)
{
    /// <summary>An input that is still being read after this long hangs; the process is ended, with the input kept.</summary>
    private static readonly TimeSpan HangTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Inputs that a finding's shortening may try.</summary>
    private const int MaxShorteningSteps = 500;

    /// <summary>Mutations on top of one another.</summary>
    private const int MaxMutations = 6;

    private readonly Random _random = new(seed);

    public long Executions { get; private set; }

    /// <summary>Processor time that one input may take. Counted by the thread's own clock, so that a busy machine accuses nobody.</summary>
    public TimeSpan MaxCpuTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Runs until <paramref name="budget"/> is over or something is found.</summary>
    public Finding? Run(TimeSpan budget)
    {
        var watch = Stopwatch.StartNew();
        return Run(() => watch.Elapsed < budget);
    }

    /// <summary>Runs a number of inputs, or until something is found.</summary>
    public Finding? Run(int executions) => Run(() => Executions < executions);

    /// <summary>Runs one input; null when the target behaved.</summary>
    public Finding? Try(byte[] input)
    {
        Executions++;
        using var watchdog = new Timer(_ => Hang(input), null, HangTimeout, Timeout.InfiniteTimeSpan);
        var (cpu, allocated) = (CpuTime(), GC.GetAllocatedBytesForCurrentThread());
        try
        {
            target.Run(input);
        }
        catch (Exception exception)
        {
            return new Finding(target.Name, exception.GetType().Name, Where(exception), exception.Message, input);
        }
        var (tookCpu, took) = (CpuTime() - cpu, GC.GetAllocatedBytesForCurrentThread() - allocated);
        if (tookCpu > MaxCpuTime)
            return new Finding(target.Name, "Slow", "-", $"{tookCpu.TotalSeconds:0.0} s of processor time", input);
        if (took > target.MaxAllocatedBytes(input.Length))
            return new Finding(target.Name, "Growth", "-", $"{took >> 20} MiB allocated", input);
        return null;
    }

    private Finding? Run(Func<bool> goesOn)
    {
        var pool = target.Seeds.Concat(Corpus.Of(target.Name)).ToArray();
        foreach (var input in pool)
        {
            if (Try((byte[])input.Clone()) is { } finding)
                return finding;
        }
        while (goesOn())
        {
            if (Try(Mutate(pool)) is { } finding)
                return Shorten(finding);
        }
        return null;
    }

    private byte[] Mutate(byte[][] pool)
    {
        var input = (byte[])pool[_random.Next(pool.Length)].Clone();
        for (var n = _random.Next(1, MaxMutations + 1); n > 0; n--)
        {
            var structured = target.Mutations.Count > 0 && _random.Next(3) > 0;
            var mutations = structured ? target.Mutations : ByteMutations.All;
            input = _random.Next(40) == 0
                ? ByteMutations.Splice(input, pool[_random.Next(pool.Length)], _random)
                : mutations[_random.Next(mutations.Count)](input, _random);
        }
        return input;
    }

    /// <summary>Cuts out what the finding does not need: a short input is read by a person.</summary>
    private Finding Shorten(Finding finding)
    {
        var steps = 0;
        for (var size = finding.Input.Length / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= finding.Input.Length && steps < MaxShorteningSteps; steps++)
            {
                byte[] shorter = [.. finding.Input.AsSpan(0, at), .. finding.Input.AsSpan(at + size)];
                if (Try(shorter) is { } same && same.IsSameDefectAs(finding))
                    finding = same;
                else
                    at += size;
            }
        }
        return finding;
    }

    private void Hang(byte[] input)
    {
        var kept = Corpus.Keep(new Finding(target.Name, "Hang", "-", "", input));
        Environment.FailFast($"{target.Name}: an input was not read within {HangTimeout.TotalSeconds:0} s; it is in {kept}");
    }

    private static string Where(Exception exception) => new StackTrace(exception).GetFrames()
        .Select(frame => frame.GetMethod())
        .Where(method => method?.DeclaringType?.FullName?.StartsWith("EchoClr.", StringComparison.Ordinal) == true)
        .Select(method => $"{method!.DeclaringType!.Name}.{method.Name}")
        .FirstOrDefault() ?? "-";

    private static TimeSpan CpuTime()
    {
        const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID
        _ = clock_gettime(ThreadClock, out var time);
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Timespec time);
}
