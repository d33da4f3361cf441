namespace EchoClr.VideoModels.Clips;

/// <summary>A decoded cine in grey levels, with the time of each frame.</summary>
/// <param name="Pixels">Frames one after another, row by row, 8 bits: (T, H, W).</param>
/// <param name="FrameTimes">The time of each frame since the first; strictly increasing.</param>
/// <param name="PixelAspectRatio">Vertical pixel size over horizontal pixel size; 1 for square pixels (PS3.3 C.7.6.3.1.7).</param>
public sealed record Cine(int Frames, int Height, int Width, byte[] Pixels, IReadOnlyList<TimeSpan> FrameTimes, double PixelAspectRatio = 1.0)
{
    public ReadOnlySpan<byte> Frame(int index) => Pixels.AsSpan(index * Height * Width, Height * Width);
}
