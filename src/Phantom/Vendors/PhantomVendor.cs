namespace EchoClr.Phantom.Vendors;

/// <summary>How a machine writes the time of frames.</summary>
public enum FrameTiming
{
    /// <summary>FrameTime (0018,1063), equal steps.</summary>
    FrameTime,

    /// <summary>FrameTimeVector (0018,1065): frames fall on the ticks of the machine's screen, so that steps are uneven, and the first value is not 0.</summary>
    UnevenFrameTimeVector,

    /// <summary>FrameTime in whole milliseconds, and CineRate (0018,0040).</summary>
    WholeMilliseconds,
}

/// <summary>One colour, 8 bits a channel.</summary>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>ITU-R BT.601 luma: what a grey decoder makes of it.</summary>
    public byte Luma => (byte)((77 * R + 150 * G + 29 * B) >> 8);
}

/// <summary>A make of machine: picture size, where the sector sits, how it looks, and what its files say. None of them exists.</summary>
/// <param name="Left">The rectangle that the sector may fill, as fractions of the picture; what is outside is cut off.</param>
/// <param name="PixelAspectRatio">Vertical over horizontal pixel size (PS3.3 C.7.6.3.1.7); 1 for square pixels.</param>
/// <param name="Tint">Colour of white in B-mode.</param>
/// <param name="Gamma">Grey map: below 1 brightens the dark.</param>
/// <param name="Ticks">Screen refresh in Hz for <see cref="FrameTiming.UnevenFrameTimeVector"/>.</param>
/// <param name="HasImageType4">Whether ImageType has the fourth value (0001 2D, 0011 colour, 0003 M-mode, 0019 spectral).</param>
/// <param name="HasRegions">Whether SequenceOfUltrasoundRegions is written.</param>
/// <param name="SaysColourRegion">Whether colour cines say RegionDataType 2; most real ones do not.</param>
/// <param name="Monochrome">MONOCHROME2 for B-mode instead of YBR_FULL_422.</param>
public sealed record PhantomVendor(
    string Manufacturer, string Model, string SoftwareVersions, int Columns, int Rows, float Left, float Top, float Right, float Bottom,
    double PixelAspectRatio, Rgb Tint, float Gamma, Rgb TextColour, Rgb EcgColour, FrameTiming Timing, int Ticks, int JpegQuality,
    bool HasImageType4, bool HasRegions, bool SaysColourRegion, bool Monochrome)
{
    /// <summary>Pair for PixelAspectRatio (0028,0034); null for square pixels.</summary>
    public (int Vertical, int Horizontal)? AspectPair => PixelAspectRatio == 1.0 ? null : (536, 670);

    public static IReadOnlyList<PhantomVendor> All { get; } =
    [
        new("SYNTHETIC Aurora", "Phantom A8", "V1.00", 800, 600, 0.10f, 0.085f, 0.905f, 0.85f, 1.0, new(255, 255, 255), 1.0f,
            new(220, 220, 220), new(60, 230, 80), FrameTiming.FrameTime, 0, 88, true, true, false, false),
        new("SYNTHETIC Borealis", "Phantom B4", "5.07", 640, 480, 0f, 0.03f, 1f, 0.97f, 1.0, new(214, 214, 255), 1.15f,
            new(150, 230, 210), new(90, 220, 200), FrameTiming.UnevenFrameTimeVector, 50, 85, true, true, false, false),
        new("SYNTHETIC Corona", "Phantom C1", "", 480, 430, 0.03f, 0.01f, 0.97f, 0.82f, 536.0 / 670.0, new(250, 250, 250), 0.95f,
            new(235, 235, 235), new(60, 200, 70), FrameTiming.FrameTime, 0, 80, false, true, false, false),
        new("SYNTHETIC Draco", "Phantom D-Vista", "204", 1016, 708, 0.16f, 0.06f, 0.98f, 0.88f, 1.0, new(255, 246, 226), 0.9f,
            new(240, 240, 200), new(250, 210, 90), FrameTiming.UnevenFrameTimeVector, 60, 86, true, true, true, false),
        new("SYNTHETIC Eridanus", "Phantom E10", "12.3.1", 1024, 768, 0.12f, 0.07f, 0.93f, 0.87f, 1.0, new(255, 255, 255), 1.0f,
            new(120, 200, 255), new(120, 255, 120), FrameTiming.WholeMilliseconds, 0, 84, true, false, false, true),
    ];
}
