using System.IO.Compression;

namespace EchoClr.Dicom;

/// <summary>A deflated data set (PS3.5 A.5), inflated as far as it is read and never beyond the limit.</summary>
internal sealed class InflatingSource(Stream deflated, long limit) : ByteSource
{
    private const int Step = 64 * 1024;

    private readonly DeflateStream _inflating = new(deflated, CompressionMode.Decompress);
    private byte[] _inflated = [];
    private int _length;
    private bool _ended;

    public override long Available(long wanted)
    {
        while (!_ended && _length - Position < wanted)
            InflateStep();
        return Math.Min(wanted, Math.Max(0, _length - Position));
    }

    public override ReadOnlySpan<byte> Peek(int count) => _inflated.AsSpan((int)Position, count);

    public override DicomValue Take(long length, int swapUnit)
    {
        var value = new DicomValue(_inflated.AsSpan((int)Position, (int)length).ToArray());
        Position += length;
        return value; // the only deflated syntax is little endian
    }

    public override void Dispose()
    {
        _inflating.Dispose();
        deflated.Dispose();
    }

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
            throw new DicomFormatException($"the deflated data set is damaged after {_length} inflated bytes", e);
        }
        _ended = count == 0;
        _length += count;
        if (_length > limit)
            throw new DicomFormatException($"the deflated data set inflates to more than the {limit} bytes allowed");
    }
}
