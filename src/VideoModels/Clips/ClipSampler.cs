namespace EchoClr.VideoModels.Clips;

/// <summary>Cine and sector → clip: crop, scale without distortion, mask, and one frame every interval, by time.</summary>
public static class ClipSampler
{
    /// <param name="size">The clip's side in pixels.</param>
    /// <param name="interval">Time between the clip's frames. Each shows the cine's frame nearest in time: a blend of two would smear the speckle.</param>
    public static ClipInput Sample(Cine cine, SectorMask sector, int size, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        if ((sector.Height, sector.Width) != (cine.Height, cine.Width))
            throw new ArgumentException("the mask is of another picture", nameof(sector));

        var transform = Fit(sector.Bounds, cine.PixelAspectRatio, size);
        var resize = new AreaResize(transform, size, cine.Width, cine.Height);
        var sourceFrames = NearestFrames(cine.FrameTimes, interval);
        var pixels = Draw(cine, sector, resize, size, sourceFrames);
        return new ClipInput(sourceFrames.Length, size, interval, pixels, Shrink(sector, resize, size), sourceFrames, transform);
    }

    /// <summary>The first frames of a cine as they are in time: cropped, scaled and masked alike.</summary>
    /// <returns>(T, S, S), T at most <paramref name="maxFrames"/>.</returns>
    public static byte[] Frames(Cine cine, SectorMask sector, int size, int maxFrames)
    {
        var resize = new AreaResize(Fit(sector.Bounds, cine.PixelAspectRatio, size), size, cine.Width, cine.Height);
        return Draw(cine, sector, resize, size, [.. Enumerable.Range(0, Math.Min(cine.Frames, maxFrames))]);
    }

    private static byte[] Draw(Cine cine, SectorMask sector, AreaResize resize, int size, int[] sourceFrames)
    {
        var pixels = new byte[sourceFrames.Length * size * size];
        var masked = new float[cine.Height * cine.Width];
        var resized = new float[size * size];
        for (var t = 0; t < sourceFrames.Length; t++)
        {
            var plane = pixels.AsSpan(t * size * size, size * size);
            if (t > 0 && sourceFrames[t] == sourceFrames[t - 1])
            {
                pixels.AsSpan((t - 1) * size * size, size * size).CopyTo(plane);
                continue;
            }
            var frame = cine.Frame(sourceFrames[t]);
            for (var p = 0; p < masked.Length; p++)
                masked[p] = sector.Contains(p) ? frame[p] : 0;
            resize.Apply(masked, cine.Width, resized);
            for (var p = 0; p < plane.Length; p++)
                plane[p] = (byte)(resized[p] + 0.5f);
        }
        return pixels;
    }

    /// <summary>The sector's bounding box, centred in the square that its longer side, measured in the patient, just fills.</summary>
    private static ClipTransform Fit(PixelRectangle bounds, double pixelAspectRatio, int size)
    {
        // In units of a pixel's width.
        var (width, height) = ((double)bounds.Width, bounds.Height * pixelAspectRatio);
        var scale = Math.Max(width, height) / size;
        var (scaleX, scaleY) = (scale, scale / pixelAspectRatio);
        return new ClipTransform(
            bounds.Left - (size * scaleX - bounds.Width) / 2,
            bounds.Top - (size * scaleY - bounds.Height) / 2,
            scaleX, scaleY);
    }

    /// <summary>For 0, one interval, two … up to the last frame's time: the frame nearest in time, the earlier of two as near.</summary>
    internal static int[] NearestFrames(IReadOnlyList<TimeSpan> times, TimeSpan interval)
    {
        var count = (int)(times[^1] / interval) + 1;
        var nearest = new int[count];
        for (int t = 0, frame = 0; t < count; t++)
        {
            var at = t * interval;
            while (frame + 1 < times.Count && times[frame + 1] - at < at - times[frame])
                frame++;
            nearest[t] = frame;
        }
        return nearest;
    }

    private static bool[] Shrink(SectorMask sector, AreaResize resize, int size)
    {
        var full = new float[sector.Height * sector.Width];
        for (var p = 0; p < full.Length; p++)
            full[p] = sector.Contains(p) ? 1 : 0;
        var share = new float[size * size];
        resize.Apply(full, sector.Width, share);
        return Array.ConvertAll(share, s => s > 0.5f);
    }
}
