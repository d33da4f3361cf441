namespace EchoClr.VideoModels.Clips;

/// <summary>How often each pixel changes from one frame to the next: speckle changes nearly always, a sweeping trace twice in a sweep, text never.</summary>
internal sealed class Activity
{
    /// <summary>Grey levels between two frames that count as a change: above the ringing of JPEG beside moving parts, below the faintest speckle.</summary>
    public const int MinChange = 3;

    // Long cines are judged by so many pairs of neighbouring frames, evenly spread: more would not change the picture.
    private const int MaxPairs = 128;

    private const double MinColumnShare = 0.02; // of its pixels, for a column to have changed

    private Activity(int[] changes, IReadOnlyList<int> pairs, IReadOnlyList<int> changedColumns, int columnsEverChanged) =>
        (Changes, Pairs, ChangedColumns, ColumnsEverChanged) = (changes, pairs, changedColumns, columnsEverChanged);

    /// <summary>(H, W): in how many of the pairs the pixel changes.</summary>
    public int[] Changes { get; }

    /// <summary>The first frame of each pair that was looked at.</summary>
    public IReadOnlyList<int> Pairs { get; }

    /// <summary>For each pair, how many columns of the picture change.</summary>
    public IReadOnlyList<int> ChangedColumns { get; }

    public int ColumnsEverChanged { get; }

    public static Activity Of(Cine cine)
    {
        var transitions = cine.Frames - 1;
        var count = Math.Min(transitions, MaxPairs);
        int[] pairs = [.. Enumerable.Range(0, count).Select(k => (int)((long)k * transitions / count))];
        var changes = new int[cine.Height * cine.Width];
        var everChanged = new bool[cine.Width];
        var changedColumns = new int[count];
        var inColumn = new int[cine.Width];
        for (var k = 0; k < count; k++)
        {
            Array.Clear(inColumn);
            CountChanges(cine, pairs[k], changes, inColumn);
            for (var x = 0; x < cine.Width; x++)
            {
                if (inColumn[x] < MinColumnShare * cine.Height)
                    continue;
                everChanged[x] = true;
                changedColumns[k]++;
            }
        }
        return new Activity(changes, pairs, changedColumns, everChanged.Count(c => c));
    }

    private static void CountChanges(Cine cine, int t, int[] changes, int[] inColumn)
    {
        var now = cine.Frame(t);
        var next = cine.Frame(t + 1);
        for (int y = 0, p = 0; y < cine.Height; y++)
            for (var x = 0; x < cine.Width; x++, p++)
                if (Math.Abs(now[p] - next[p]) >= MinChange)
                {
                    changes[p]++;
                    inColumn[x]++;
                }
    }
}
