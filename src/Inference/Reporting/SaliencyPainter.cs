namespace EchoClr.Inference.Reporting;

/// <summary>Paints a saliency map, its colour bar and a legend over frames of a cine. Pure pixels: every viewer shows them.</summary>
internal sealed class SaliencyPainter
{
    /// <summary>Most that the heat covers the picture: the anatomy must stay visible beneath it.</summary>
    private const float Opacity = 0.6f;

    /// <summary>Below this the map is left away, so that what does not matter is not tinted.</summary>
    private const float Floor = 0.2f;

    private const int Margin = 4;

    private readonly HeatMap _map;
    private readonly int _columns;
    private readonly int _rows;
    private readonly List<(int X, int Y)> _dots = [];
    private readonly int _scale;
    private readonly int _bandTop;

    public SaliencyPainter(HeatMap map, int columns, int rows, IReadOnlyList<string> legend)
    {
        (_map, _columns, _rows) = (map, columns, rows);
        // Dots of one pixel below 600 rows, of two from there: as large as the scanner's own text. Never wider than the picture.
        var longest = legend.Max(line => line.Length);
        _scale = Math.Max(1, Math.Min((columns - 2 * Margin) / (longest * LegendFont.Advance), rows / 300));
        var lineHeight = (LegendFont.GlyphHeight + 2) * _scale;
        _bandTop = Math.Max(0, rows - legend.Count * lineHeight - 2 * Margin);
        for (var line = 0; line < legend.Count; line++)
        {
            var top = _bandTop + Margin + line * lineHeight;
            LegendFont.Draw(legend[line], (x, y) => _dots.Add((Margin + x * _scale, top + y * _scale)));
        }
    }

    /// <param name="rgb">One frame, interleaved; painted in place.</param>
    public void Paint(Span<byte> rgb, int frame)
    {
        PaintHeat(rgb, _map.At(frame));
        PaintBar(rgb);
        PaintLegend(rgb);
    }

    private void PaintHeat(Span<byte> rgb, float[] plane)
    {
        var row = new float[_columns];
        for (var y = 0; y < _bandTop; y++)
        {
            _map.ReadRow(plane, y, row);
            for (var x = 0; x < row.Length; x++)
            {
                if (row[x] > Floor)
                    Blend(rgb, x, y, HeatColors.At(row[x]), Opacity * (row[x] - Floor) / (1 - Floor));
            }
        }
    }

    /// <summary>The scale of the map: a bar at the right edge, hot at the top.</summary>
    private void PaintBar(Span<byte> rgb)
    {
        var (top, bottom, width) = (_rows / 4, _rows / 2, Math.Max(4, _columns / 100));
        for (var y = top; y < bottom; y++)
        {
            var color = HeatColors.At(1 - (float)(y - top) / (bottom - top));
            for (var x = _columns - Margin - width; x < _columns - Margin; x++)
                Blend(rgb, x, y, color, 1);
        }
    }

    private void PaintLegend(Span<byte> rgb)
    {
        for (var y = _bandTop; y < _rows; y++)
        {
            for (var x = 0; x < _columns; x++)
                Blend(rgb, x, y, (0, 0, 0), 0.75f);
        }
        foreach (var (left, top) in _dots)
        {
            for (var y = top; y < top + _scale; y++)
            {
                for (var x = left; x < left + _scale; x++)
                    Blend(rgb, x, y, (255, 255, 255), 1);
            }
        }
    }

    private void Blend(Span<byte> rgb, int x, int y, (byte R, byte G, byte B) color, float alpha)
    {
        if ((uint)x >= (uint)_columns || (uint)y >= (uint)_rows)
            return;
        var pixel = rgb.Slice((y * _columns + x) * 3, 3);
        pixel[0] = Mix(pixel[0], color.R, alpha);
        pixel[1] = Mix(pixel[1], color.G, alpha);
        pixel[2] = Mix(pixel[2], color.B, alpha);
    }

    private static byte Mix(byte under, byte over, float alpha) => (byte)(under + (over - under) * alpha + 0.5f);
}
