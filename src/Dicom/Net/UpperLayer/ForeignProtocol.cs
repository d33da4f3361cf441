using System.Buffers;

namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>Knows by its first byte a connection that no DICOM peer made, so that it never holds a slot or a buffer.</summary>
internal static class ForeignProtocol
{
    private const byte TlsHandshake = 0x16; // RFC 8446 5.1

    /// <exception cref="ForeignProtocolException">The first byte is no PDU type.</exception>
    public static void Check(in ReadOnlySequence<byte> buffer)
    {
        var first = buffer.FirstSpan[0];
        if (!IsPduType(first))
            throw new ForeignProtocolException(first == TlsHandshake ? "a TLS handshake on a port without TLS" : Name(first));
    }

    /// <exception cref="ForeignProtocolException">The first byte begins no TLS handshake.</exception>
    public static void CheckTls(in ReadOnlySequence<byte> buffer)
    {
        var first = buffer.FirstSpan[0];
        if (first != TlsHandshake)
            throw new ForeignProtocolException(IsPduType(first) ? "DICOM without TLS on the TLS port" : Name(first));
    }

    private static bool IsPduType(byte first) => first is >= 0x01 and <= 0x07;

    private static string Name(byte first) => first switch
    {
        0x0B => "HL7 (MLLP)",
        (byte)'S' => "SSH",
        >= (byte)'A' and <= (byte)'Z' => "HTTP or other text",
        _ => $"no DICOM: the first byte is {first:X2}H",
    };
}

/// <summary>The peer speaks something else; the message names it.</summary>
internal sealed class ForeignProtocolException(string message) : Exception(message);
