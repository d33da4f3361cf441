using System.Numerics;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Rendering;

/// <summary>Points, lines and text on one frame, grey (luma) or RGB; what falls outside is dropped.</summary>
internal readonly ref struct FrameCanvas(Span<byte> frame, int width, int height, int samples)
{
    private readonly Span<byte> _frame = frame;

    public int Width => width;

    public int Height => height;

    public void Set(int x, int y, Rgb colour)
    {
        if ((uint)x >= (uint)width || (uint)y >= (uint)height)
            return;
        var i = (y * width + x) * samples;
        if (samples == 1)
        {
            _frame[i] = colour.Luma;
            return;
        }

        _frame[i] = colour.R;
        _frame[i + 1] = colour.G;
        _frame[i + 2] = colour.B;
    }

    public void Rectangle(int x, int y, int columns, int rows, Rgb colour)
    {
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                Set(x + c, y + r, colour);
    }

    public void Line(Vector2 from, Vector2 to, Rgb colour)
    {
        var steps = Math.Max(1, (int)MathF.Ceiling(MathF.Max(MathF.Abs(to.X - from.X), MathF.Abs(to.Y - from.Y))));
        for (var i = 0; i <= steps; i++)
        {
            var p = Vector2.Lerp(from, to, i / (float)steps);
            Set((int)MathF.Round(p.X), (int)MathF.Round(p.Y), colour);
        }
    }

    /// <param name="size">Pixels a dot of the 5 × 7 font takes.</param>
    public void Text(int x, int y, string text, Rgb colour, int size)
    {
        foreach (var letter in text)
        {
            var columns = BitmapFont.Columns(letter);
            for (var c = 0; c < columns.Length; c++)
                for (var r = 0; r < 7; r++)
                    if ((columns[c] >> r & 1) != 0)
                        Rectangle(x + c * size, y + r * size, size, size, colour);
            x += 6 * size;
        }
    }
}
