namespace EchoClr.VideoModels.Clips;

/// <summary>Clip file → a model's time grid and size, by the rules that cines are sampled by (<see cref="ClipSampler"/>).</summary>
public static class ClipFileSampler
{
    /// <returns>(T, S, S), frames <paramref name="interval"/> apart, as long as the clip lasts.</returns>
    public static byte[] Sample(ClipFile clip, int size, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        var frames = ClipSampler.NearestFrames([.. clip.Microseconds.Select(time => TimeSpan.FromMicroseconds(time))], interval);
        var resize = new AreaResize(new ClipTransform(0, 0, (double)clip.Width / size, (double)clip.Height / size), size, clip.Width, clip.Height);
        var pixels = new byte[frames.Length * size * size];
        var source = new byte[clip.Height * clip.Width];
        var plane = new float[source.Length];
        var resized = new float[size * size];
        for (var t = 0; t < frames.Length; t++)
        {
            var target = pixels.AsSpan(t * size * size, size * size);
            if (t > 0 && frames[t] == frames[t - 1])
            {
                pixels.AsSpan((t - 1) * size * size, size * size).CopyTo(target);
                continue;
            }
            clip.Read(frames[t], source);
            if (size == clip.Width && size == clip.Height)
            {
                source.CopyTo(target);
                continue;
            }
            for (var p = 0; p < plane.Length; p++)
                plane[p] = source[p];
            resize.Apply(plane, clip.Width, resized);
            for (var p = 0; p < target.Length; p++)
                target[p] = (byte)(resized[p] + 0.5f);
        }
        return pixels;
    }
}
