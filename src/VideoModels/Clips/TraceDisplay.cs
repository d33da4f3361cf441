namespace EchoClr.VideoModels.Clips;

/// <summary>Tells spectral Doppler and M-mode from pictures: they write time along the x axis, so they scroll sideways, or are written column by column.</summary>
internal static class TraceDisplay
{
    // A sector changes in nearly all of its columns from frame to frame, a sweep in the few that were just written.
    private const double MaxSweptColumns = 0.3;

    // Scrolled by the right step a trace differs from its predecessor only at its edge.
    private const int MaxScroll = 16; // pixels a frame
    private const double ScrolledResidue = 0.3;
    private const int ScrollPairs = 4, RowStep = 8;

    public static bool Is(Cine cine, Activity activity) => Sweeps(activity) || Scrolls(cine, activity);

    private static bool Sweeps(Activity activity)
    {
        List<int> changed = [.. activity.ChangedColumns.Where(c => c > 0).Order()]; // frames stored twice say nothing
        return changed.Count >= 2 && changed[changed.Count / 2] < MaxSweptColumns * activity.ColumnsEverChanged;
    }

    private static bool Scrolls(Cine cine, Activity activity)
    {
        if (cine.Width <= 4 * MaxScroll)
            return false;
        var step = Math.Max(1, activity.Pairs.Count / ScrollPairs);
        List<double> residues = [];
        for (var k = 0; k < activity.Pairs.Count; k += step)
        {
            var still = Difference(cine, activity.Pairs[k], 0);
            if (still == 0)
                continue;
            var best = Enumerable.Range(1, MaxScroll).SelectMany(s => new[] { s, -s }).Min(s => Difference(cine, activity.Pairs[k], s));
            residues.Add((double)best / still);
        }
        if (residues.Count == 0)
            return false;
        residues.Sort();
        return residues[residues.Count / 2] < ScrolledResidue;
    }

    /// <summary>The sum of differences between a frame moved by so many columns and the next one, over the columns that all moves have.</summary>
    private static long Difference(Cine cine, int t, int shift)
    {
        var now = cine.Frame(t);
        var next = cine.Frame(t + 1);
        long sum = 0;
        for (var y = 0; y < cine.Height; y += RowStep)
        {
            var row = y * cine.Width;
            for (var x = MaxScroll; x < cine.Width - MaxScroll; x++)
                sum += Math.Abs(now[row + x + shift] - next[row + x]);
        }
        return sum;
    }
}
