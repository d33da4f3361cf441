namespace EchoClr.VideoModels.Prediction;

/// <summary>Windows of a fixed number of frames cut from a clip of any length.</summary>
public static class ClipWindows
{
    /// <summary>Windows averaged into one video's probability, as in EchoCLR.</summary>
    public const int PerVideo = 4;

    /// <summary>
    /// Starts spread evenly from the first frame to the last possible one. (EchoCLR's 0, s, 2s, 3s with s = ⌊(T − L)/4⌋ never sees the
    /// clip's end.) A clip no longer than a window has one.
    /// </summary>
    public static int[] EvaluationStarts(int frames, int window, int count = PerVideo)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frames);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        int last = frames - window;
        if (last <= 0)
            return [0];
        int starts = Math.Min(count, last + 1);
        return starts == 1 ? [last / 2] : [.. Enumerable.Range(0, starts).Select(i => (int)Math.Round((double)i * last / (starts - 1)))];
    }

    /// <summary>One window of (T, S, S) bytes from <paramref name="start"/>; a clip that is too short begins again.</summary>
    public static byte[] Cut(ReadOnlySpan<byte> clip, int size, int start, int window)
    {
        int plane = size * size;
        int frames = clip.Length / plane;
        var cut = new byte[window * plane];
        for (int t = 0; t < window; t++)
            clip.Slice((start + t) % frames * plane, plane).CopyTo(cut.AsSpan(t * plane));
        return cut;
    }

    public static ReadOnlyMemory<byte>[] Evaluation(ReadOnlySpan<byte> clip, int size, int window)
    {
        int[] starts = EvaluationStarts(clip.Length / (size * size), window);
        var windows = new ReadOnlyMemory<byte>[starts.Length];
        for (int i = 0; i < starts.Length; i++)
            windows[i] = Cut(clip, size, starts[i], window);
        return windows;
    }
}
