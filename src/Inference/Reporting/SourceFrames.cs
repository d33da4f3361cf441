namespace EchoClr.Inference.Reporting;

/// <summary>Decoded frames of a source cine: grey or interleaved RGB, 8 bits, frame after frame.</summary>
/// <param name="SamplesPerPixel">1 (grey) or 3 (RGB).</param>
/// <param name="FrameNumbers">For each frame its number in the source, counted from 1: damaged frames are left out.</param>
public sealed record SourceFrames(int Frames, int Rows, int Columns, int SamplesPerPixel, ReadOnlyMemory<byte> Pixels, IReadOnlyList<int> FrameNumbers)
{
    /// <summary>One frame as interleaved RGB.</summary>
    public void CopyRgb(int frame, Span<byte> rgb)
    {
        var length = Rows * Columns * SamplesPerPixel;
        var source = Pixels.Span.Slice(checked(frame * length), length);
        if (SamplesPerPixel == 3)
        {
            source.CopyTo(rgb);
            return;
        }
        for (var i = 0; i < source.Length; i++)
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = source[i];
    }
}
