namespace EchoClr.VideoModels.Clips;

/// <summary>
/// Resizing by area: each new pixel is the mean of what it covers, parts of pixels by their share. Unlike point sampling or bilinear interpolation it
/// keeps the mean of speckle when shrinking. Rows and columns are independent, so the shares are worked out once a clip.
/// </summary>
internal sealed class AreaResize
{
    private readonly Share[] columns, rows;
    private readonly int size;

    /// <summary>The source pixels that one new pixel covers, and how much of it each covers; the weights sum to 1 but where it lies outside the source.</summary>
    private readonly record struct Share(int First, float[] Weights);

    public AreaResize(ClipTransform transform, int size, int sourceWidth, int sourceHeight)
    {
        this.size = size;
        columns = Shares(transform.Left, transform.ScaleX, size, sourceWidth);
        rows = Shares(transform.Top, transform.ScaleY, size, sourceHeight);
    }

    /// <param name="source">(H, W), rows of <paramref name="sourceWidth"/>.</param>
    /// <param name="target">(S, S).</param>
    public void Apply(ReadOnlySpan<float> source, int sourceWidth, Span<float> target)
    {
        var line = new float[sourceWidth];
        for (var y = 0; y < size; y++)
        {
            // First the rows it covers are summed into one, then the columns: the same result as both at once, for a fraction of the work.
            Array.Clear(line);
            var (firstRow, rowWeights) = (rows[y].First, rows[y].Weights);
            for (var i = 0; i < rowWeights.Length; i++)
            {
                var row = source.Slice((firstRow + i) * sourceWidth, sourceWidth);
                var weight = rowWeights[i];
                for (var x = 0; x < sourceWidth; x++)
                    line[x] += weight * row[x];
            }
            for (var x = 0; x < size; x++)
            {
                var (first, weights) = (columns[x].First, columns[x].Weights);
                var sum = 0f;
                for (var i = 0; i < weights.Length; i++)
                    sum += weights[i] * line[first + i];
                target[y * size + x] = sum;
            }
        }
    }

    private static Share[] Shares(double start, double scale, int size, int sourceSize)
    {
        var shares = new Share[size];
        for (var i = 0; i < size; i++)
        {
            var (from, to) = (start + i * scale, start + (i + 1) * scale);
            var first = Math.Max(0, (int)Math.Floor(from));
            var last = Math.Min(sourceSize - 1, (int)Math.Ceiling(to) - 1);
            var weights = new float[Math.Max(0, last - first + 1)];
            for (var s = first; s <= last; s++)
                weights[s - first] = (float)((Math.Min(to, s + 1) - Math.Max(from, s)) / scale);
            shares[i] = new Share(first, weights);
        }
        return shares;
    }
}
