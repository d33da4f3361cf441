namespace EchoClr.Dicom;

/// <summary>How much of a data set to read, and the limits that a hostile one meets.</summary>
public sealed record DicomReadOptions
{
    /// <summary>Everything; large values stay in the file until asked for.</summary>
    public static DicomReadOptions Default { get; } = new();

    /// <summary>Only what comes before the pixels; of a deflated file no more than that is inflated.</summary>
    public static DicomReadOptions Header { get; } = new() { StopBefore = new DicomTag(0x7FE0, 0x0001), MaxInflatedBytes = 64 << 20 }; // 64 MiB: no header is as large, and 25 at a time still fit

    /// <summary>Reading ends before the first element of the data set whose tag is this or higher.</summary>
    public DicomTag? StopBefore { get; init; }

    /// <summary>Short for <see cref="StopBefore"/> group 7FE0: PixelData and its floating point relatives, with all that follows.</summary>
    public bool StopBeforePixelData
    {
        get => StopBefore == Header.StopBefore;
        init => StopBefore = value ? Header.StopBefore : null;
    }

    /// <summary>
    /// The elements wanted at the top of the data set; null wants all. Others are passed over: nothing of them is kept, however many and however deep they are. Not for
    /// a data set whose text matters without SpecificCharacterSet among them.
    /// </summary>
    public IReadOnlySet<DicomTag>? Only { get; init; }

    /// <summary>A value of more bytes stays in the file. 256 KiB holds any header element, FrameTimeVector and lookup tables included; pixels and waveforms are larger.</summary>
    public int MaxValueInMemory { get; init; } = 256 << 10;

    /// <summary>When the values in memory reach this together, further ones of any notable size stay in the file: many small values must not do what one large one may not.</summary>
    public long MaxValuesInMemory { get; init; } = 64L << 20;

    /// <summary>Elements, items and fragments in all. An enhanced object of 10 000 frames has about half a million; a million cost some 150 MB.</summary>
    public int MaxElements { get; init; } = 1_000_000;

    /// <summary>Sequences within sequences. The deepest real SR trees have about 15; a few thousand would overflow the stack.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>What a deflated data set may inflate to: 512 MiB is a 200-frame colour cine of 1000×800 pixels, uncompressed. Deflate can grow a thousandfold.</summary>
    public long MaxInflatedBytes { get; init; } = 512L << 20;

    /// <summary>How many times its deflated bytes a data set may inflate to, beyond <see cref="InflateFloor"/>. Ultrasound with much black reaches some 20; deflate itself ends at about 1000.</summary>
    public int MaxInflateRatio { get; init; } = 100;

    /// <summary>Up to here the ratio is not asked: a blank screen deflates as far as deflate can.</summary>
    public const int InflateFloor = 16 << 20;
}
