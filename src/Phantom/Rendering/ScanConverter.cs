using System.Numerics;

namespace EchoClr.Phantom.Rendering;

/// <summary>From beams and depths to the pixels of a machine's picture: the places are computed once a video.</summary>
internal sealed class ScanConverter
{
    private readonly int[] _pixel;
    private readonly int[] _cell;
    private readonly Vector2[] _fraction;
    private readonly byte[] _greyMap = new byte[256];
    private readonly int _depthsPerPixel;
    private readonly float[] _averaged = new float[EchoField.Depths * EchoField.Beams];

    public ScanConverter(EchoField field, PictureLayout layout, float gamma)
    {
        var pixels = new List<int>();
        var cells = new List<int>();
        var fractions = new List<Vector2>();
        for (var y = layout.Top; y <= layout.Bottom; y++)
            for (var x = layout.Left; x <= layout.Right; x++)
            {
                var grid = field.ToGrid(layout.ToCm(new Vector2(x + 0.5f, y + 0.5f)));
                if (grid.X < 0f || grid.Y < 4f || grid.X >= EchoField.Beams - 1 || grid.Y >= EchoField.Depths - 1)
                    continue;
                pixels.Add(y * layout.Width + x);
                cells.Add((int)grid.Y * EchoField.Beams + (int)grid.X);
                fractions.Add(new Vector2(grid.X - (int)grid.X, grid.Y - (int)grid.Y));
            }

        _pixel = [.. pixels];
        _cell = [.. cells];
        _fraction = [.. fractions];
        for (var i = 0; i < 256; i++)
            _greyMap[i] = (byte)MathF.Round(255f * MathF.Pow(i / 255f, gamma));
        _depthsPerPixel = (int)MathF.Round((EchoField.Depths - 1) / (field.Sector.Depth * layout.PixelsPerCm.Y));
    }

    public ReadOnlySpan<int> Pixels => _pixel;

    /// <summary>Writes the sector into a grey frame; other pixels stay.</summary>
    public void Convert(float[] picture, Span<byte> grey)
    {
        const int Beams = EchoField.Beams;
        var source = _depthsPerPixel >= 2 ? Average(picture) : picture;
        for (var i = 0; i < _pixel.Length; i++)
        {
            var cell = _cell[i];
            var f = _fraction[i];
            var top = source[cell] + (source[cell + 1] - source[cell]) * f.X;
            var bottom = source[cell + Beams] + (source[cell + Beams + 1] - source[cell + Beams]) * f.X;
            grey[_pixel[i]] = _greyMap[(int)(top + (bottom - top) * f.Y)];
        }
    }

    /// <summary>The nearest cell's value at each pixel of the sector; 0 elsewhere.</summary>
    public void ConvertLabels<T>(T[] labels, Span<T> picture)
    {
        for (var i = 0; i < _pixel.Length; i++)
            picture[_pixel[i]] = labels[_cell[i] + (_fraction[i].X > 0.5f ? 1 : 0) + (_fraction[i].Y > 0.5f ? EchoField.Beams : 0)];
    }

    /// <summary>Small pictures skip depths: average over them first, as an area resize of the full picture would.</summary>
    private float[] Average(float[] picture)
    {
        const int Beams = EchoField.Beams;
        var half = _depthsPerPixel / 2;
        for (var d = 0; d < EchoField.Depths; d++)
            for (var b = 0; b < Beams; b++)
            {
                var sum = 0f;
                for (var k = -half; k <= half; k++)
                    sum += picture[Math.Clamp(d + k, 0, EchoField.Depths - 1) * Beams + b];
                _averaged[d * Beams + b] = sum / (2 * half + 1);
            }

        return _averaged;
    }
}
