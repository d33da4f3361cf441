namespace EchoClr.Dicom.Codecs;

/// <summary>The frames of one file, 8 bits a sample, in memory shared with the codec worker until disposed.</summary>
public sealed class DecodedFrames : IDisposable
{
    private readonly SharedPixels pixels;

    internal DecodedFrames(SharedPixels pixels, int frames, int rows, int columns, int samplesPerPixel, IReadOnlyList<int> missing, IReadOnlyList<string> warnings)
    {
        this.pixels = pixels;
        (Frames, Rows, Columns, SamplesPerPixel, Warnings) = (frames, rows, columns, samplesPerPixel, warnings);
        var lost = missing.ToHashSet();
        SourceFrames = [.. Enumerable.Range(0, frames + missing.Count).Where(i => !lost.Contains(i))];
    }

    /// <summary>How many frames were decoded: what the file holds, whatever NumberOfFrames says.</summary>
    public int Frames { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>1: grey. 3: red, green, blue, interleaved.</summary>
    public int SamplesPerPixel { get; }

    /// <summary>For each decoded frame its number in the file, from 0: not simply 0, 1, 2 … when damaged frames are left out. Frame times and references go by it.</summary>
    public IReadOnlyList<int> SourceFrames { get; }

    /// <summary>Remarks about a file that is not as it says, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>All frames, one after another: (Frames, Rows, Columns, SamplesPerPixel). Gone after Dispose.</summary>
    public ReadOnlyMemory<byte> Pixels => pixels.Memory;

    /// <summary>One frame, by its place among the decoded ones: (Rows, Columns, SamplesPerPixel).</summary>
    public ReadOnlySpan<byte> Frame(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Frames, nameof(index));
        var size = Rows * Columns * SamplesPerPixel;
        return Pixels.Span.Slice(index * size, size);
    }

    public void Dispose() => ((IDisposable)pixels).Dispose();
}
