namespace EchoClr.VideoModels.Clips;

/// <summary>Decoded frames as they come: 8 bits a sample, grey (1 sample) or interleaved RGB (3).</summary>
/// <param name="Pixels">(T, H, W, samples), row by row.</param>
public sealed record FramePixels(int Frames, int Height, int Width, int Samples, ReadOnlyMemory<byte> Pixels)
{
    public ReadOnlySpan<byte> Frame(int index) => Pixels.Span.Slice(index * Height * Width * Samples, Height * Width * Samples);

    /// <summary>ITU-R BT.601 luma; grey that was stored as RGB keeps its value exactly.</summary>
    public static byte Luma(byte r, byte g, byte b) => (byte)((77 * r + 150 * g + 29 * b) >> 8);
}
