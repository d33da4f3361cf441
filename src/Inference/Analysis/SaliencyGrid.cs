using EchoClr.Inference.Reporting;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Inference.Analysis;

/// <summary>A saliency map of a whole cine, small enough to be kept in a row: 8 bits on a coarse grid. The network's last stage is coarser still.</summary>
/// <param name="Frames">The decoded frame, from 0, of each step in time.</param>
/// <param name="Values">(steps, Side, Side); 255 is the cine's maximum.</param>
/// <param name="Area">What the grid covers of the source picture.</param>
public sealed record SaliencyGrid(IReadOnlyList<int> Frames, int Side, byte[] Values, PixelArea Area)
{
    /// <summary>About four cells to each of the last stage's (clip size / 16), which linear interpolation then follows well.</summary>
    private const int Cells = 18;

    /// <summary>Steps kept of a cine: at one in 0.1 s, more than three seconds.</summary>
    private const int MaxSteps = 32;

    public HeatMap? ToHeatMap() => HeatMap.TryCreate(Array.ConvertAll(Values, value => value / 255f), [.. Frames.Select(frame => (double)frame)], Side, Side, Area);

    /// <summary>Lays the maps of a cine's windows over the cine; null where none of them says anything.</summary>
    /// <param name="starts">Where in the clip each window began.</param>
    public static SaliencyGrid? Create(ClipInput clip, IReadOnlyList<SaliencyMap> maps, IReadOnlyList<int> starts)
    {
        var side = Math.Min(Cells, clip.Size);
        var (sums, counts) = (new float[clip.Frames][], new int[clip.Frames]);
        for (var w = 0; w < maps.Count; w++)
        {
            for (var t = 0; t < maps[w].Frames; t++)
            {
                var frame = (starts[w] + t) % clip.Frames; // a short clip begins again
                AddPooled(sums[frame] ??= new float[side * side], maps[w].Frame(t), maps[w].Peak, clip.Mask, clip.Size, side);
                counts[frame]++;
            }
        }

        // Several clip frames may show one source frame, and only some of the clip is seen by a window.
        int[] covered = [.. Enumerable.Range(0, clip.Frames).Where(frame => counts[frame] > 0).DistinctBy(frame => clip.SourceFrames[frame])];
        int[] steps = covered.Length <= MaxSteps ? covered : [.. Enumerable.Range(0, MaxSteps).Select(i => covered[(int)((long)i * (covered.Length - 1) / (MaxSteps - 1))])];
        var values = steps.SelectMany(frame => sums[frame].Select(sum => sum / counts[frame])).ToArray();
        var peak = values.Max();
        if (!(peak > 0) || !float.IsFinite(peak))
            return null;
        var (transform, size) = (clip.Transform, clip.Size);
        return new SaliencyGrid(
            [.. steps.Select(frame => clip.SourceFrames[frame])], side, Array.ConvertAll(values, value => (byte)(Math.Clamp(value / peak, 0, 1) * 255 + 0.5f)),
            new PixelArea(transform.Left, transform.Top, size * transform.ScaleX, size * transform.ScaleY));
    }

    /// <summary>Adds a (S, S) map, averaged over each cell's pixels inside the sector: what lies outside was never seen.</summary>
    private static void AddPooled(float[] cells, ReadOnlySpan<float> map, float peak, bool[] mask, int size, int side)
    {
        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                var (sum, pixels) = (0f, 0);
                for (var y = row * size / side; y < (row + 1) * size / side; y++)
                {
                    for (var x = column * size / side; x < (column + 1) * size / side; x++)
                    {
                        sum += mask[y * size + x] ? map[y * size + x] : 0;
                        pixels++;
                    }
                }
                cells[row * side + column] += peak * sum / pixels;
            }
        }
    }
}
