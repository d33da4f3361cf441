using System.Buffers;

namespace EchoClr.Dicom.Net.Dimse;

/// <summary>Takes a data set as it arrives. The bytes are the receiver's own and are gone after the call.</summary>
internal interface IDatasetSink
{
    void Write(in ReadOnlySequence<byte> fragment);
}

/// <summary>A data set to be thrown away: its request is refused, but it has to be read.</summary>
internal sealed class DiscardedDataset : IDatasetSink
{
    public void Write(in ReadOnlySequence<byte> fragment) { }
}

/// <summary>A data set small enough for memory: an identifier or a commitment list, not an image.</summary>
internal sealed class DatasetInMemory : IDatasetSink
{
    /// <summary>A commitment list takes about 160 bytes an object: 26 000 objects, and all associations together stay within some hundred MiB.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    public void Write(in ReadOnlySequence<byte> fragment)
    {
        if (_bytes.WrittenCount + fragment.Length > MaxLength)
            throw new DimseViolationException($"a data set of more than {MaxLength} bytes that is no image");
        foreach (var segment in fragment)
            _bytes.Write(segment.Span);
    }
}
