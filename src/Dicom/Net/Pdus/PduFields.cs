using System.Buffers.Binary;

namespace EchoClr.Dicom.Net.Pdus;

/// <summary>A cursor over the fields of one PDU or item; reading past its end is an invalid PDU, not a crash.</summary>
internal ref struct PduFields(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));

    public void Skip(int count) => Bytes(count);

    public ReadOnlySpan<byte> Rest() => Bytes(_rest.Length);

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _rest.Length)
            throw new InvalidPduException(AbortReason.InvalidParameterValue, $"a field of {count} bytes does not fit the {_rest.Length} left of what encloses it");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>Item or sub-item: 1 type, 2 reserved, 3-4 length, 5- content (PS3.8 9.3.2).</summary>
    public PduFields Item(out byte type)
    {
        type = Byte();
        Skip(1);
        return new PduFields(Bytes(UInt16()));
    }
}
