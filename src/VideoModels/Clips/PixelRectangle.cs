namespace EchoClr.VideoModels.Clips;

/// <summary>A rectangle of whole pixels: left and top belong to it, right and bottom do not.</summary>
public readonly record struct PixelRectangle(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;

    public bool IsEmpty => Width <= 0 || Height <= 0;

    public bool Contains(int x, int y) => x >= Left && x < Right && y >= Top && y < Bottom;

    /// <summary>The part within an image of this size: regions in real headers reach far beyond their image.</summary>
    public PixelRectangle ClampTo(int width, int height) =>
        new(Math.Clamp(Left, 0, width), Math.Clamp(Top, 0, height), Math.Clamp(Right, 0, width), Math.Clamp(Bottom, 0, height));
}
