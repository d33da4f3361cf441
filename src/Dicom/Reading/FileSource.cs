using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom;

/// <summary>A file, read through a small window so that a header costs a few reads; large values are passed over and stay there.</summary>
internal sealed class FileSource : ByteSource
{
    private const int SmallValue = 1024; // not worth a visit to the file later: always in memory
    private const int Window = 32 * 1024; // most headers in one read
    private readonly string _path;
    private readonly long _length;
    private readonly DicomReadOptions _options;
    private SafeFileHandle? _file;
    private byte[]? _rented;
    private ReadOnlyMemory<byte> _window;
    private long _windowStart;
    private long _inMemory;

    /// <param name="beginning">The file's first bytes, where the caller has them: the file is opened when they do not suffice.</param>
    public FileSource(string path, DicomReadOptions options, ReadOnlyMemory<byte> beginning = default)
    {
        _path = Path.GetFullPath(path);
        _options = options;
        _window = beginning;
        _length = beginning.IsEmpty ? RandomAccess.GetLength(Opened) : new FileInfo(_path).Length;
    }

    private SafeFileHandle Opened => _file ??= File.OpenHandle(_path);

    public override long Available(long wanted) => Math.Min(wanted, Math.Max(0, _length - Position));

    public override ReadOnlySpan<byte> Peek(int count)
    {
        if (Position < _windowStart || Position + count > _windowStart + _window.Length)
        {
            _rented ??= ArrayPool<byte>.Shared.Rent(Window);
            _windowStart = Position;
            _window = _rented.AsMemory(0, ReadAt(_rented, Position));
            if (_window.Length < count)
                throw new DicomFormatException("the file became shorter while it was read");
        }
        return _window.Span.Slice((int)(Position - _windowStart), count);
    }

    public override DicomValue Take(long length, int swapUnit)
    {
        var offset = Position;
        Position += length;
        if (length > SmallValue && (length > _options.MaxValueInMemory || _inMemory + length > _options.MaxValuesInMemory))
            return new DicomValue(_path, offset, length, swapUnit);

        _inMemory += length;
        var bytes = new byte[length];
        if (offset >= _windowStart && offset + length <= _windowStart + _window.Length)
            _window.Span.Slice((int)(offset - _windowStart), bytes.Length).CopyTo(bytes);
        else if (ReadAt(bytes, offset) < bytes.Length)
            throw new DicomFormatException("the file became shorter while it was read");
        ByteOrder.Swap(bytes, swapUnit);
        return new DicomValue(bytes);
    }

    public override void Dispose()
    {
        _file?.Dispose();
        _window = default;
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null; // given back once
    }

    private int ReadAt(Span<byte> into, long offset)
    {
        var done = 0;
        while (done < into.Length && RandomAccess.Read(Opened, into[done..], offset + done) is > 0 and var count)
            done += count;
        return done;
    }
}
