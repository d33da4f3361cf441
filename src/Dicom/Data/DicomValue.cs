using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom;

/// <summary>The bytes of a value, little endian: in memory, or left in the file that they were read from until someone asks for them.</summary>
public readonly struct DicomValue
{
    private const int CopyChunk = 128 * 1024; // a multiple of every VR's unit, and enough to keep a disk streaming

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly string? _path;
    private readonly int _swapUnit;

    public DicomValue(ReadOnlyMemory<byte> bytes)
    {
        _memory = bytes;
        Length = bytes.Length;
    }

    internal DicomValue(string path, long offset, long length, int swapUnit)
    {
        (_path, FileOffset, Length, _swapUnit) = (path, offset, length, swapUnit);
    }

    public long Length { get; }

    /// <summary>Where the bytes begin in their file; 0 for bytes in memory.</summary>
    public long FileOffset { get; }

    public bool IsInMemory => _path is null;

    /// <summary>All bytes; reads the file again for a value that was left there.</summary>
    /// <exception cref="DicomFormatException">The value is larger than one array may be; <see cref="CopyTo"/> has no such limit.</exception>
    public ReadOnlyMemory<byte> ToMemory()
    {
        if (_path is null)
            return _memory;
        if (Length > Array.MaxLength)
            throw new DicomFormatException($"a value of {Length} bytes is too large for memory");
        var bytes = new byte[Length];
        using var file = File.OpenHandle(_path);
        ReadAt(file, bytes, FileOffset);
        return bytes;
    }

    /// <summary>A part, which is left in the file where the whole is. Of numbers in big endian only whole ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value has no such part.</exception>
    public DicomValue Slice(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"a value of {Length} bytes has no {length} from there");
        return _path is null ? new DicomValue(_memory.Slice((int)start, (int)length)) : new DicomValue(_path, FileOffset + start, length, _swapUnit);
    }

    /// <summary>The first bytes, of which there must be so many.</summary>
    internal ReadOnlyMemory<byte> Start(int count) => Slice(0, count).ToMemory();

    public void CopyTo(Stream destination) => CopyTo(destination, swapUnit: 1);

    /// <param name="swapUnit">Bytes of one number, where these are to be written in big endian; else 1.</param>
    internal void CopyTo(Stream destination, int swapUnit)
    {
        if (_path is null && swapUnit == 1)
        {
            destination.Write(_memory.Span);
            return;
        }
        var chunk = new byte[(int)Math.Min(CopyChunk, Length)];
        using var file = _path is null ? null : File.OpenHandle(_path);
        for (long done = 0; done < Length; done += chunk.Length)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, Length - done));
            if (file is null)
                _memory.Span.Slice((int)done, part.Length).CopyTo(part);
            else
                ReadAt(file, part, FileOffset + done);
            ByteOrder.Swap(part, swapUnit);
            destination.Write(part);
        }
    }

    private void ReadAt(SafeFileHandle file, Span<byte> into, long offset)
    {
        for (var done = 0; done < into.Length;)
        {
            var count = RandomAccess.Read(file, into[done..], offset + done);
            if (count == 0)
                throw new DicomFormatException($"the file became shorter than it was: a value of {Length} bytes at offset {FileOffset} is gone");
            done += count;
        }
        ByteOrder.Swap(into, _swapUnit);
    }
}
