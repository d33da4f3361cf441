namespace EchoClr.Inference.Reporting;

/// <summary>A colour scale of rising lightness, black over red to pale yellow, so that it reads in grey too (after matplotlib's "inferno").</summary>
internal static class HeatColors
{
    private static readonly (byte R, byte G, byte B)[] Stops = [(0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)];

    private static readonly (byte R, byte G, byte B)[] Table = [.. Enumerable.Range(0, 256).Select(i => Between(i / 255.0))];

    /// <param name="value">0 to 1; values outside are clamped.</param>
    public static (byte R, byte G, byte B) At(float value) => Table[(int)(Math.Clamp(value, 0, 1) * 255 + 0.5f)];

    private static (byte R, byte G, byte B) Between(double value)
    {
        var position = value * (Stops.Length - 1);
        var lower = Math.Min((int)position, Stops.Length - 2);
        var (a, b, weight) = (Stops[lower], Stops[lower + 1], position - lower);
        return (Mix(a.R, b.R), Mix(a.G, b.G), Mix(a.B, b.B));

        byte Mix(byte from, byte to) => (byte)Math.Round(from + (to - from) * weight);
    }
}
