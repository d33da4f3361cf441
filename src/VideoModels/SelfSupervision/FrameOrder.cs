namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>The orders that the frames of a clip can be put in: EchoCLR's second task names the order from the frames. A class is an order's place in the dictionary.</summary>
public static class FrameOrder
{
    /// <summary>Frames in a clip of self-supervision.</summary>
    public const int Frames = 4;

    /// <summary>4! = 24.</summary>
    public const int Classes = 24;

    /// <summary>A head that knows nothing costs ln 24.</summary>
    public static readonly double AtChance = Math.Log(Classes);

    /// <summary>Order by class: frame t of the shuffled clip is frame <c>All[class][t]</c> of the clip. Class 0 leaves it as it is.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> All { get; } = [.. Permutations([], [.. Enumerable.Range(0, Frames)])];

    /// <summary>The class that puts the frames back.</summary>
    public static int InverseOf(int order)
    {
        var back = new int[Frames];
        for (int t = 0; t < Frames; t++)
            back[All[order][t]] = t;
        return Enumerable.Range(0, Classes).First(candidate => All[candidate].SequenceEqual(back));
    }

    /// <summary>Puts the frames of a clip, (4, S, S), in an order.</summary>
    public static byte[] Apply(ReadOnlySpan<byte> clip, int order)
    {
        int plane = clip.Length / Frames;
        var shuffled = new byte[clip.Length];
        for (int t = 0; t < Frames; t++)
            clip.Slice(All[order][t] * plane, plane).CopyTo(shuffled.AsSpan(t * plane));
        return shuffled;
    }

    private static IEnumerable<IReadOnlyList<int>> Permutations(int[] chosen, int[] left) => left.Length == 0
        ? [chosen]
        : left.SelectMany(next => Permutations([.. chosen, next], [.. left.Where(other => other != next)]));
}
