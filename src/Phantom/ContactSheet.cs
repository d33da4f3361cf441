using EchoClr.Dicom.Codecs;
using EchoClr.Phantom.Rendering;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom;

/// <summary>Phantom frames beside real ones, to judge by eye whether a phantom looks like an echo: <c>docs/phantom-contact-sheet.png</c>.</summary>
public static class ContactSheet
{
    private const int TileWidth = 216;
    private const int TileHeight = 162;
    private const int Gap = 4;
    private const int Heading = 22;
    private const int PhantomColumns = 4;
    private const int RealColumns = 3;
    private const int Seed = 11;

    private static readonly (PhantomScene Scene, bool Colour)[] s_rows =
    [
        (PhantomScene.ParasternalLongAxis, false), (PhantomScene.ShortAxisMid, false), (PhantomScene.ApicalFourChamber, false), (PhantomScene.ParasternalLongAxis, true),
    ];

    /// <summary>Real cines (see the data's own README), the frame, and the part of it that shows the sector and no text, as fractions of the picture.</summary>
    private static readonly (string File, int Frame, double Left, double Top, double Right, double Bottom)[] s_real =
    [
        ("go-dicom__I_000031.dcm", 0, 0.16, 0.17, 0.88, 0.80), ("go-dicom__I_000007.dcm", 0, 0, 0.08, 1, 0.94), ("go-dicom__I_000013.dcm", 5, 0, 0.08, 1, 0.94),
        ("go-dicom__I_000008.dcm", 0, 0, 0.08, 1, 0.94), ("go-dicom__I_000014.dcm", 3, 0, 0.08, 1, 0.94), ("go-dicom__I_000031.dcm", 20, 0.16, 0.17, 0.88, 0.80),
        ("go-dicom__I_000009.dcm", 0, 0, 0.08, 1, 0.94), ("go-dicom__I_000015.dcm", 2, 0, 0.08, 1, 0.94), ("pydicom__examples_ybr_color.dcm", 4, 0.2, 0.08, 0.84, 0.88),
        ("go-dicom__I_000003.dcm", 4, 0.24, 0.03, 0.86, 0.82), ("go-dicom__I_000005.dcm", 4, 0.24, 0.03, 0.86, 0.82), ("go-dicom__I_000001.dcm", 4, 0.24, 0.03, 0.86, 0.82),
    ];

    /// <param name="realFolder">The folder <c>echo_cine</c> with the real files.</param>
    public static async Task WriteAsync(string path, string realFolder, CancellationToken cancel = default)
    {
        const int Width = (PhantomColumns + RealColumns) * (TileWidth + Gap) + Gap;
        var height = Heading + s_rows.Length * (TileHeight + Gap);
        var sheet = new byte[3 * Width * height];
        new FrameCanvas(sheet, Width, height, 3).Text(Gap, 4, "PHANTOM", new Rgb(255, 255, 255), 2);
        new FrameCanvas(sheet, Width, height, 3).Text(PhantomColumns * (TileWidth + Gap) + Gap, 4, "REAL", new Rgb(255, 255, 255), 2);
        for (var row = 0; row < s_rows.Length; row++)
            for (var column = 0; column < PhantomColumns; column++)
                Paste(sheet, Width, PhantomTile(row, column), column, row);

        await using var worker = CodecWorker.Start();
        for (var i = 0; i < s_real.Length; i++)
        {
            var (file, frame, left, top, right, bottom) = s_real[i];
            using var decoded = await worker.DecodeAsync(Path.Combine(realFolder, file), cancel).ConfigureAwait(false);
            var tile = Shrink(decoded.Frame(frame), decoded.Rows, decoded.Columns, decoded.SamplesPerPixel, left, top, right, bottom);
            Paste(sheet, Width, tile, PhantomColumns + i % RealColumns, i / RealColumns);
        }

        await using var stream = File.Create(path);
        PngImage.Write(stream, sheet, Width, height);
    }

    private static byte[] PhantomTile(int row, int column)
    {
        var (scene, colour) = s_rows[row];
        var patient = PhantomPatient.Draw(Seed, 4 * row + column) with { VendorIndex = (row + column) % PhantomVendor.All.Count };
        var video = PhantomVideo.Draw(patient, 0, scene, colour);
        var vendor = video.Vendor;
        var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(Colour: true, FirstFrame: 3 * column, MaxFrames: 1));
        return Shrink(cine.Frame(0), cine.Height, cine.Width, 3, vendor.Left, vendor.Top, vendor.Right, vendor.Bottom);
    }

    /// <summary>The part of a frame, by area averages, as large as fits the tile; pixels are taken as square.</summary>
    private static byte[] Shrink(ReadOnlySpan<byte> frame, int rows, int columns, int samples, double left, double top, double right, double bottom)
    {
        var tile = new byte[3 * TileWidth * TileHeight];
        var scale = Math.Max((right - left) * columns / TileWidth, (bottom - top) * rows / TileHeight);
        var (marginX, marginY) = ((TileWidth - (right - left) * columns / scale) / 2, (TileHeight - (bottom - top) * rows / scale) / 2);
        for (var y = 0; y < TileHeight; y++)
            for (var x = 0; x < TileWidth; x++)
                for (var c = 0; c < 3; c++)
                {
                    var (x0, x1) = (left * columns + (x - marginX) * scale, left * columns + (x + 1 - marginX) * scale);
                    var (y0, y1) = (top * rows + (y - marginY) * scale, top * rows + (y + 1 - marginY) * scale);
                    if (x < marginX || y < marginY || x > TileWidth - marginX || y > TileHeight - marginY)
                        continue;
                    tile[3 * (y * TileWidth + x) + c] = Mean(frame, columns, rows, samples, x0, x1, y0, y1, samples == 1 ? 0 : c);
                }

        return tile;
    }

    private static byte Mean(ReadOnlySpan<byte> frame, int columns, int rows, int samples, double x0, double x1, double y0, double y1, int channel)
    {
        int sum = 0, count = 0;
        for (var y = Math.Clamp((int)y0, 0, rows - 1); y <= Math.Clamp((int)Math.Ceiling(y1) - 1, 0, rows - 1); y++)
            for (var x = Math.Clamp((int)x0, 0, columns - 1); x <= Math.Clamp((int)Math.Ceiling(x1) - 1, 0, columns - 1); x++)
                (sum, count) = (sum + frame[(y * columns + x) * samples + channel], count + 1);
        return (byte)(count == 0 ? 0 : sum / count);
    }

    private static void Paste(byte[] sheet, int width, byte[] tile, int column, int row)
    {
        for (var y = 0; y < TileHeight; y++)
            tile.AsSpan(3 * y * TileWidth, 3 * TileWidth).CopyTo(
                sheet.AsSpan(3 * ((Heading + row * (TileHeight + Gap) + y) * width + Gap + column * (TileWidth + Gap))));
    }
}
