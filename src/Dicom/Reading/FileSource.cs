using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom;

/// <summary>A file, read through a small window so that a header costs a few reads; large values are passed over and stay there.</summary>
internal sealed class FileSource : ByteSource
{
    private const int SmallValue = 1024; // not worth a visit to the file later: always in memory
    private const int Window = 32 * 1024; // most headers in one read
    private byte[] _window = ArrayPool<byte>.Shared.Rent(Window);
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;
    private readonly DicomReadOptions _options;
    private long _windowStart;
    private int _windowLength;
    private long _inMemory;

    public FileSource(string path, DicomReadOptions options)
    {
        _path = Path.GetFullPath(path);
        _options = options;
        _file = File.OpenHandle(_path);
        _length = RandomAccess.GetLength(_file);
    }

    public override long Available(long wanted) => Math.Min(wanted, Math.Max(0, _length - Position));

    public override ReadOnlySpan<byte> Peek(int count)
    {
        if (Position < _windowStart || Position + count > _windowStart + _windowLength)
        {
            _windowStart = Position;
            _windowLength = ReadAt(_window, Position);
            if (_windowLength < count)
                throw new DicomFormatException("the file became shorter while it was read");
        }
        return _window.AsSpan((int)(Position - _windowStart), count);
    }

    public override DicomValue Take(long length, int swapUnit)
    {
        var offset = Position;
        Position += length;
        if (length > SmallValue && (length > _options.MaxValueInMemory || _inMemory + length > _options.MaxValuesInMemory))
            return new DicomValue(_path, offset, length, swapUnit);

        _inMemory += length;
        var bytes = new byte[length];
        if (offset >= _windowStart && offset + length <= _windowStart + _windowLength)
            _window.AsSpan((int)(offset - _windowStart), bytes.Length).CopyTo(bytes);
        else if (ReadAt(bytes, offset) < bytes.Length)
            throw new DicomFormatException("the file became shorter while it was read");
        ByteOrder.Swap(bytes, swapUnit);
        return new DicomValue(bytes);
    }

    public override void Dispose()
    {
        _file.Dispose();
        if (_window.Length > 0)
            ArrayPool<byte>.Shared.Return(_window);
        _window = []; // given back once
    }

    private int ReadAt(Span<byte> into, long offset)
    {
        var done = 0;
        while (done < into.Length && RandomAccess.Read(_file, into[done..], offset + done) is > 0 and var count)
            done += count;
        return done;
    }
}
