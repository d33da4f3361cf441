namespace EchoClr.App.Benchmarks.Portal;

/// <summary>From a request to the last byte of its page, over loopback.</summary>
internal sealed record PortalTimes(string What, int Answers, double P50Ms, double P99Ms, long LargestBytes)
{
    public static PortalTimes Of(string what, IEnumerable<(TimeSpan Took, long Bytes)> answers)
    {
        var all = answers.OrderBy(answer => answer.Took).ToList();
        return new PortalTimes(what, all.Count, all[all.Count / 2].Took.TotalMilliseconds, all[Math.Min(all.Count - 1, (int)(0.99 * all.Count))].Took.TotalMilliseconds, all.Max(answer => answer.Bytes));
    }
}
