using System.Numerics;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Rendering;

/// <summary>Where the sector lies in a machine's picture, in pixels.</summary>
public sealed record PictureLayout(int Width, int Height, int Left, int Top, int Right, int Bottom, Vector2 Apex, Vector2 PixelsPerCm)
{
    public static PictureLayout For(PhantomVendor vendor, SectorShape sector, double scale)
    {
        var width = (int)Math.Round(vendor.Columns * scale);
        var height = (int)Math.Round(vendor.Rows * scale);
        var top = vendor.Top * height;
        var perCm = (vendor.Bottom * height - top) / sector.Depth;
        var middle = (vendor.Left + vendor.Right) * 0.5f * width;
        return new PictureLayout(
            width, height, (int)(vendor.Left * width), (int)top, (int)(vendor.Right * width) - 1, (int)(vendor.Bottom * height) - 1,
            new Vector2(middle, top), new Vector2(perCm * (float)vendor.PixelAspectRatio, perCm));
    }

    public Vector2 ToPixel(Vector2 cm) => Apex + cm * PixelsPerCm;

    public Vector2 ToCm(Vector2 pixel) => (pixel - Apex) / PixelsPerCm;

    public bool Shows(Vector2 pixel) => pixel.X >= Left && pixel.X <= Right && pixel.Y >= Top && pixel.Y <= Bottom;
}
