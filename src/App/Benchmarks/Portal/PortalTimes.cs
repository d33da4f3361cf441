namespace EchoClr.App.Benchmarks.Portal;

/// <summary>From a request to the last byte of its page, over loopback.</summary>
/// <param name="CpuMs">Processor time a page, of server and client together: what a busy machine does not distort.</param>
internal sealed record PortalTimes(string What, int Answers, double P50Ms, double P99Ms, double CpuMs, long LargestBytes)
{
    public static PortalTimes Of(string what, IEnumerable<(TimeSpan Took, long Bytes)> answers, TimeSpan cpu)
    {
        var all = answers.OrderBy(answer => answer.Took).ToList();
        return new PortalTimes(what, all.Count, all[all.Count / 2].Took.TotalMilliseconds, all[Math.Min(all.Count - 1, (int)(0.99 * all.Count))].Took.TotalMilliseconds, cpu.TotalMilliseconds / all.Count, all.Max(answer => answer.Bytes));
    }
}
