namespace EchoClr.VideoModels.Clips;

/// <summary>Scales one frame to a square by area: a smaller network sees the stored clip in its own size.</summary>
public static class FrameScale
{
    /// <param name="source">(H, W).</param>
    /// <param name="target">(S, S).</param>
    public static void Apply(ReadOnlySpan<byte> source, int height, int width, Span<byte> target, int size)
    {
        if (height == size && width == size)
        {
            source.CopyTo(target);
            return;
        }
        var scale = (double)Math.Max(height, width) / size;
        var resize = new AreaResize(new ClipTransform(-(size * scale - width) / 2, -(size * scale - height) / 2, scale, scale), size, width, height);
        var (wide, scaled) = (new float[source.Length], new float[size * size]);
        for (var p = 0; p < wide.Length; p++)
            wide[p] = source[p];
        resize.Apply(wide, width, scaled);
        for (var p = 0; p < scaled.Length; p++)
            target[p] = (byte)(scaled[p] + 0.5f);
    }
}
