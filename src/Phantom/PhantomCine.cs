using System.Numerics;

namespace EchoClr.Phantom;

/// <summary>Where the truth is in one frame, in pixels (x to the right, y down); null where the picture does not show it.</summary>
public readonly record struct FrameTruth(Vector2? AorticValve, Vector2? Septum, Vector2? PosteriorWall);

/// <summary>A rendered cine, as a decoder would give it.</summary>
/// <param name="SamplesPerPixel">1 grey or 3 RGB, interleaved.</param>
/// <param name="Pixels">Frames one after another, row by row: (T, H, W) or (T, H, W, 3).</param>
/// <param name="PixelAspectRatio">Vertical over horizontal pixel size.</param>
public sealed record PhantomCine(
    int Frames, int Height, int Width, int SamplesPerPixel, byte[] Pixels, IReadOnlyList<TimeSpan> FrameTimes, double PixelAspectRatio,
    IReadOnlyList<FrameTruth> Truth)
{
    public Span<byte> Frame(int index) => Pixels.AsSpan(index * Height * Width * SamplesPerPixel, Height * Width * SamplesPerPixel);
}

/// <summary>What to render of a video.</summary>
/// <param name="Scale">Of the machine's picture: training at small sizes need not draw what it would throw away.</param>
/// <param name="Colour">RGB as the machine shows it; false gives the luma of the same picture.</param>
/// <param name="FrameStep">Every frame, or every second, third…</param>
public sealed record PhantomRenderOptions(double Scale = 1.0, bool Colour = false, int FirstFrame = 0, int FrameStep = 1, int MaxFrames = int.MaxValue);
