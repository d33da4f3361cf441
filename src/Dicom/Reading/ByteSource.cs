using System.Buffers.Binary;

namespace EchoClr.Dicom;

/// <summary>Bytes with a position. Nothing is allocated for bytes that were not seen to exist.</summary>
internal abstract class ByteSource : IDisposable
{
    public long Position { get; set; }

    /// <summary>How many of the next <paramref name="wanted"/> bytes there are.</summary>
    public abstract long Available(long wanted);

    /// <summary>The next bytes, which must be available, without moving on; a dozen at most.</summary>
    public abstract ReadOnlySpan<byte> Peek(int count);

    /// <summary>The next bytes, which must be available, as a value in little endian.</summary>
    public abstract DicomValue Take(long length, int swapUnit);

    /// <summary>Passes over the next bytes for good; false where there are fewer.</summary>
    public virtual bool TrySkip(long length)
    {
        if (Available(length) < length)
            return false;
        Position += length;
        return true;
    }

    /// <summary>What was read will not be asked for again.</summary>
    public virtual void Forget() { }

    public abstract void Dispose();

    public ushort PeekUInt16(int at, bool littleEndian)
    {
        var bytes = Peek(at + 2)[at..];
        return littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    public uint PeekUInt32(int at, bool littleEndian)
    {
        var bytes = Peek(at + 4)[at..];
        return littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public DicomTag PeekTag(bool littleEndian) => new(PeekUInt16(0, littleEndian), PeekUInt16(2, littleEndian));
}

/// <summary>A buffer; values are slices of it.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    public override long Available(long wanted) => Math.Min(wanted, Math.Max(0, bytes.Length - Position));

    public override ReadOnlySpan<byte> Peek(int count) => bytes.Span.Slice((int)Position, count);

    public override DicomValue Take(long length, int swapUnit)
    {
        var slice = bytes.Slice((int)Position, (int)length);
        Position += length;
        if (swapUnit < 2)
            return new DicomValue(slice);
        var swapped = slice.ToArray();
        ByteOrder.Swap(swapped, swapUnit);
        return new DicomValue(swapped);
    }

    public override void Dispose() { }
}
