using EchoClr.Shared.Data;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Inference.Analysis;

/// <summary>The statistics of a cine's picture that drift is seen by, from what is at hand when the view gate has read it.</summary>
internal static class CineMeasure
{
    /// <param name="clip">What the view gate read.</param>
    /// <param name="features">The gate's, mean over its windows.</param>
    public static NewCineMeasure Of(string view, string scanner, CineReading reading, ClipInput clip, float[] features)
    {
        var (sum, squares, pixels) = (0L, 0L, 0L);
        for (var t = 0; t < clip.Frames; t++)
        {
            var frame = clip.Frame(t);
            for (var p = 0; p < frame.Length; p++)
            {
                if (!clip.Mask[p])
                    continue;
                sum += frame[p];
                squares += frame[p] * frame[p];
                pixels++;
            }
        }
        var mean = pixels == 0 ? 0 : (double)sum / pixels;
        var deviation = pixels == 0 ? 0 : Math.Sqrt(Math.Max(0, (double)squares / pixels - mean * mean));
        var sector = reading.Sector!;
        var times = reading.Cine.FrameTimes;
        return new NewCineMeasure(
            view, scanner, mean, deviation, (double)sector.Area / (sector.Bounds.Width * sector.Bounds.Height), (double)sector.Area / (sector.Width * sector.Height),
            times.Count > 1 ? times[^1].TotalMilliseconds / (times.Count - 1) : 0, features);
    }
}
