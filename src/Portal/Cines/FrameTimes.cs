using EchoClr.Dicom;

namespace EchoClr.Portal.Cines;

/// <summary>When each frame of a cine was taken, as its header tells: FrameTimeVector, else FrameTime, else CineRate, else RecommendedDisplayFrameRate (PS3.3 C.7.6.5).</summary>
internal static class FrameTimes
{
    /// <summary>Where the header tells nothing usable; the player says so.</summary>
    public const double AssumedMilliseconds = 1000.0 / 30;

    // Between 1000 frames a second and one: what lies outside is a mistake in the header.
    private const double MinMilliseconds = 1, MaxMilliseconds = 1000;

    /// <summary>Milliseconds since the first frame, and whether they are assumed.</summary>
    public static (double[] Times, bool Assumed) Of(DicomDataset header, int frames)
    {
        var vector = header.GetDoubles(DicomTags.FrameTimeVector);
        // One value a frame, of which the first belongs to no pair, or one a pair; one bad value spoils the whole, since all later times hang on it.
        if (frames > 1 && (vector.Count == frames || vector.Count == frames - 1) && vector.Skip(vector.Count - (frames - 1)).All(IsUsable))
        {
            var times = new double[frames];
            for (var i = 1; i < frames; i++)
                times[i] = times[i - 1] + vector[vector.Count - frames + i];
            return (times, false);
        }
        double?[] stated = [header.GetDouble(DicomTags.FrameTime), 1000 / header.GetDouble(DicomTags.CineRate), 1000 / header.GetDouble(DicomTags.RecommendedDisplayFrameRate)];
        var interval = stated.FirstOrDefault(time => time is { } milliseconds && IsUsable(milliseconds));
        return ([.. Enumerable.Range(0, frames).Select(i => i * (interval ?? AssumedMilliseconds))], interval is null);
    }

    private static bool IsUsable(double milliseconds) => milliseconds is >= MinMilliseconds and <= MaxMilliseconds;
}
