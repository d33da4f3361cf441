using EchoClr.Retraining.Cohorts;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>The clips of one part of a cohort, and windows of four frames cut from them.</summary>
public sealed class PretrainClips
{
    private readonly string[] paths;

    /// <param name="pathOf">From a clip's file key to its path.</param>
    /// <param name="classOf">The class of a clip, where the recipe is a supervised one.</param>
    public PretrainClips(IReadOnlyList<CohortClip> clips, Func<string, string> pathOf, Func<CohortClip, int>? classOf = null)
    {
        paths = [.. clips.Select(clip => pathOf(clip.FileKey))];
        Patients = Numbers(clips.Select(clip => clip.Patient));
        Studies = Numbers(clips.Select(clip => clip.Study));
        Classes = classOf is null ? null : [.. clips.Select(classOf)];
    }

    public int Count => paths.Length;

    /// <summary>A number for each clip's patient.</summary>
    public IReadOnlyList<int> Patients { get; }

    public IReadOnlyList<int> Studies { get; }

    public IReadOnlyList<int>? Classes { get; }

    /// <summary>Four frames of a clip, scaled to a side of <paramref name="size"/>: (4, S, S).</summary>
    /// <param name="start">0 to below 1: where between the first possible beginning and the last.</param>
    /// <exception cref="InvalidDataException">The clip is gone or damaged: a patient may have opted out since the cohort was fixed.</exception>
    public byte[] Window(int clip, double start, double? strideMs, int size)
    {
        try
        {
            using var file = ClipFile.Open(paths[clip]);
            var frames = Frames(file.Microseconds, start, strideMs);
            var plane = new byte[file.Height * file.Width];
            var window = new byte[FrameOrder.Frames * size * size];
            for (var t = 0; t < frames.Length; t++)
            {
                file.Read(frames[t], plane);
                FrameScale.Apply(plane, file.Height, file.Width, window.AsSpan(t * size * size, size * size), size);
            }
            return window;
        }
        catch (IOException error)
        {
            throw new InvalidDataException($"a clip of the cohort cannot be read any more ({error.Message}); fix a new cohort and begin again", error);
        }
    }

    /// <summary>Four frames, in time: neighbours, or those nearest to a step of so many milliseconds, never the same one twice. A clip that is too short for the step is spread over evenly.</summary>
    public static int[] Frames(IReadOnlyList<int> microseconds, double start, double? strideMs)
    {
        const int wanted = FrameOrder.Frames;
        if (microseconds.Count < wanted)
            throw new InvalidDataException($"a clip of {microseconds.Count} frames has no window of {wanted}");
        var stride = Math.Min((strideMs ?? 0) * 1000, (double)microseconds[^1] / (wanted - 1));
        // The last frame that leaves room for the others, in time and in number.
        var last = microseconds.Count - wanted;
        while (last > 0 && microseconds[last] + (wanted - 1) * stride > microseconds[^1])
            last--;
        var frames = new int[wanted];
        frames[0] = (int)(start * (last + 1));
        for (var t = 1; t < wanted; t++)
        {
            var frame = frames[t - 1] + 1;
            var at = microseconds[frames[0]] + t * stride;
            var latest = microseconds.Count - wanted + t;
            while (frame < latest && Math.Abs(microseconds[frame + 1] - at) < Math.Abs(microseconds[frame] - at))
                frame++;
            frames[t] = frame;
        }
        return frames;
    }

    private static int[] Numbers(IEnumerable<string> names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. names.Select(name => numbers.TryGetValue(name, out var number) ? number : numbers[name] = numbers.Count)];
    }
}
