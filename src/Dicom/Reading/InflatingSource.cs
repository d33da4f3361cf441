using System.IO.Compression;

namespace EchoClr.Dicom;

/// <summary>A deflated data set (PS3.5 A.5), inflated as far as it is read and never beyond the limits; what is read and forgotten takes no memory.</summary>
internal sealed class InflatingSource : ByteSource
{
    private const int Step = 64 * 1024;

    private readonly DicomReadOptions _options;
    private readonly EndNoticingStream _deflated;
    private readonly DeflateStream _inflating;
    private readonly long _deflatedStart;
    private byte[] _inflated = [];
    private long _start; // position of the first byte in the buffer
    private int _length; // bytes in the buffer
    private bool _ended;

    public InflatingSource(Stream deflated, DicomReadOptions options)
    {
        (_options, _deflated, _deflatedStart) = (options, new EndNoticingStream(deflated), deflated.Position);
        _inflating = new DeflateStream(_deflated, CompressionMode.Decompress);
    }

    private long End => _start + _length;

    public override long Available(long wanted)
    {
        while (!_ended && End - Position < wanted)
            InflateStep();
        return Math.Min(wanted, Math.Max(0, End - Position));
    }

    public override ReadOnlySpan<byte> Peek(int count) => _inflated.AsSpan((int)(Position - _start), count);

    public override DicomValue Take(long length, int swapUnit)
    {
        var value = new DicomValue(Peek((int)length).ToArray());
        Position += length;
        return value; // the only deflated syntax is little endian
    }

    public override bool TrySkip(long length)
    {
        while (length > 0)
        {
            var piece = Math.Min(length, Step);
            if (!base.TrySkip(piece))
                return false;
            length -= piece;
            Forget();
        }
        return true;
    }

    // Half a buffer at a time, so that every byte is moved once or twice, not once an element.
    public override void Forget()
    {
        var read = (int)(Math.Min(Position, End) - _start);
        if (read < Math.Max(Step, _length / 2))
            return;
        _inflated.AsSpan(read, _length - read).CopyTo(_inflated);
        _start += read;
        _length -= read;
    }

    public override void Dispose() => _inflating.Dispose(); // and all below it

    private void InflateStep()
    {
        if (_length + Step > _inflated.Length)
            Array.Resize(ref _inflated, (int)Math.Min(Math.Max(2L * _inflated.Length, Step), Array.MaxLength));
        int count;
        try
        {
            count = _inflating.Read(_inflated.AsSpan(_length, Math.Min(Step, _inflated.Length - _length)));
        }
        catch (InvalidDataException e)
        {
            throw new DicomFormatException($"the deflated data set is damaged after {End} inflated bytes", e);
        }
        _ended = count == 0;
        if (_ended && _deflated.WasReadBeyond)
            throw new DicomFormatException($"the deflated data set breaks off after {End} inflated bytes");
        _length += count;
        if (End > _options.MaxInflatedBytes)
            throw new DicomFormatException($"the deflated data set inflates to more than the {_options.MaxInflatedBytes} bytes allowed");
        if (End > DicomReadOptions.InflateFloor && End / _options.MaxInflateRatio > _deflated.Position - _deflatedStart)
            throw new DicomFormatException($"the deflated data set inflates to more than {_options.MaxInflateRatio} times its size");
    }
}
