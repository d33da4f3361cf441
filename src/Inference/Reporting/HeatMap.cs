namespace EchoClr.Inference.Reporting;

/// <summary>A saliency map over a cine: a coarse grid in time and space that is read by trilinear interpolation in source frames and source pixels.</summary>
/// <remarks>Values run from 0 (least) to 1 (most evidence for the finding); they are relative to the cine and are no probability.</remarks>
public sealed class HeatMap
{
    private readonly float[] _values; // (T, H, W)
    private readonly double[] _frames; // the source frame, possibly between two, of each time step; increasing

    /// <param name="values">(T, H, W), of any scale; stretched here to [0, 1].</param>
    /// <param name="frames">The source frame of each of the T steps, counted from 0.</param>
    /// <param name="area">The rectangle of the source picture that the grid covers, in pixels.</param>
    private HeatMap(float[] values, double[] frames, int height, int width, PixelArea area)
    {
        (_values, _frames, Height, Width, Area) = (values, frames, height, width, area);
    }

    public int Height { get; }
    public int Width { get; }
    public PixelArea Area { get; }

    /// <summary>Null where the map says nothing: it is flat, or holds a value that is not finite.</summary>
    public static HeatMap? TryCreate(ReadOnlySpan<float> values, IReadOnlyList<double> frames, int height, int width, PixelArea area)
    {
        if (values.Length != frames.Count * height * width || values.IsEmpty)
            throw new ArgumentException($"{values.Length} values do not fill {frames.Count} x {height} x {width}", nameof(values));
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                return null;
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        var range = high - low;
        if (range <= 1e-6f * Math.Max(1, Math.Abs(high)))
            return null;
        var stretched = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            stretched[i] = (values[i] - low) / range;
        return new HeatMap(stretched, [.. frames], height, width, area);
    }

    /// <summary>The source frame, counted from 0, at which the map has its maximum.</summary>
    public int PeakFrame(int frames)
    {
        var step = Array.IndexOf(_values, _values.Max()) / (Height * Width);
        return Math.Clamp((int)Math.Round(_frames[step]), 0, frames - 1);
    }

    /// <summary>The map of one source frame on its own grid (H, W), interpolated in time.</summary>
    public float[] At(int frame)
    {
        var next = Array.FindIndex(_frames, step => step >= frame);
        var (a, b, weight) = next switch
        {
            -1 => (_frames.Length - 1, _frames.Length - 1, 0.0),
            0 => (0, 0, 0.0),
            _ => (next - 1, next, (frame - _frames[next - 1]) / (_frames[next] - _frames[next - 1])),
        };
        var plane = new float[Height * Width];
        for (var i = 0; i < plane.Length; i++)
            plane[i] = (float)((1 - weight) * _values[a * plane.Length + i] + weight * _values[b * plane.Length + i]);
        return plane;
    }

    /// <summary>The values of a plane of <see cref="At"/> along one row of the source picture, bilinear; 0 outside the area.</summary>
    /// <param name="values">One for each column of the picture.</param>
    public void ReadRow(ReadOnlySpan<float> plane, int y, Span<float> values)
    {
        values.Clear();
        if (!TryLocate(y, Area.Y, Area.Height, Height, out var top, out var bottom, out var down))
            return;
        Span<float> row = Width <= 256 ? stackalloc float[Width] : new float[Width];
        for (var i = 0; i < Width; i++)
            row[i] = plane[top * Width + i] * (1 - down) + plane[bottom * Width + i] * down;
        for (var x = 0; x < values.Length; x++)
        {
            if (TryLocate(x, Area.X, Area.Width, Width, out var left, out var right, out var across))
                values[x] = row[left] * (1 - across) + row[right] * across;
        }
    }

    /// <summary>The two cells between whose centres the centre of a pixel lies, and how far it is from the first.</summary>
    private static bool TryLocate(int pixel, double start, double length, int cells, out int first, out int second, out float share)
    {
        var position = (pixel + 0.5 - start) / length * cells - 0.5;
        var inside = Math.Clamp(position, 0, cells - 1);
        first = (int)inside;
        second = Math.Min(first + 1, cells - 1);
        share = (float)(inside - first);
        return position >= -0.5 && position <= cells - 0.5;
    }
}

/// <summary>A rectangle in pixels of the source picture.</summary>
public readonly record struct PixelArea(double X, double Y, double Width, double Height);
