using System.Buffers;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

public sealed class PduTests
{
    private const int MaxPData = 1 << 18;

    private static readonly AssociateRqPdu Rq = new(
        1, "ECHOCLR", "SIXTEEN_CHAR_AET", PduWriter.ApplicationContext,
        [
            new ProposedContext(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"]),
            new ProposedContext(255, "1.2.840.10008.1.20.1", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]),
        ],
        new UserInformation(16384, "2.25.1", "ECHOCLR_1", [new RoleSelection("1.2.840.10008.1.20.1", false, true)]));

    [Fact]
    public void ReadBody_WhatWriteWrote_IsTheSame()
    {
        var read = Assert.IsType<AssociateRqPdu>(RoundTrip(Rq));
        Assert.Equivalent(Rq, read, strict: true);

        var ac = new AssociateAcPdu("ECHOCLR", "PACS", [new NegotiatedContext(1, 0, "1.2.840.10008.1.2"), new NegotiatedContext(3, 4, "1.2.840.10008.1.2")], Rq.User);
        Assert.Equivalent(ac, RoundTrip(ac), strict: true);
        Assert.Equal(new AssociateRjPdu(2, 3, 2), RoundTrip(new AssociateRjPdu(2, 3, 2)));
        Assert.Equal(new AbortPdu(AbortSource.ServiceProvider, AbortReason.InvalidParameterValue), RoundTrip(new AbortPdu(AbortSource.ServiceProvider, AbortReason.InvalidParameterValue)));
        Assert.Equal(new ReleaseRqPdu(), RoundTrip(new ReleaseRqPdu()));
        Assert.Equal(new ReleaseRpPdu(), RoundTrip(new ReleaseRpPdu()));
    }

    [Theory]
    [InlineData(0x00, 4u)]          // no such type
    [InlineData(0x08, 4u)]
    [InlineData(0xFF, 4u)]
    [InlineData(0x01, 67u)]         // shorter than its fixed fields
    [InlineData(0x01, 0x7FFFFFFFu)]
    [InlineData(0x04, 0u)]          // no presentation data value
    [InlineData(0x04, 5u)]
    [InlineData(0x04, MaxPData + 1u)] // longer than announced
    [InlineData(0x04, 0x80000000u)] // negative, were it signed
    [InlineData(0x04, 0xFFFFFFFFu)]
    [InlineData(0x05, 0u)]
    [InlineData(0x07, 5u)]
    public void TryReadHeader_TypeOrLengthImpossible_Throws(byte type, uint length)
    {
        byte[] header = [type, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];
        Assert.Throws<InvalidPduException>(() => PduReader.TryReadHeader(new ReadOnlySequence<byte>(header), MaxPData, out _, out _));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(5u)]          // one more than is there
    [InlineData(0xFFFFFFFCu)] // wraps round, were it added to
    public void ReadBody_ValueLengthDoesNotFit_Throws(uint itemLength)
    {
        byte[] body = [(byte)(itemLength >> 24), (byte)(itemLength >> 16), (byte)(itemLength >> 8), (byte)itemLength, 1, 3, 0xAA, 0xBB];
        Assert.Throws<InvalidPduException>(() => PduReader.ReadBody(PduType.PDataTf, new ReadOnlySequence<byte>(body)));
    }

    [Fact]
    public void TakeValue_TwoValues_GivesBothInOrder()
    {
        byte[] body = [0, 0, 0, 4, 1, 3, 0xAA, 0xBB, 0, 0, 0, 2, 5, 0];
        var values = ((PDataPdu)PduReader.ReadBody(PduType.PDataTf, new ReadOnlySequence<byte>(body))).Values;

        var first = PduReader.TakeValue(ref values);
        Assert.Equal(((byte)1, true, true), (first.ContextId, first.IsCommand, first.IsLast));
        Assert.Equal([0xAA, 0xBB], first.Fragment.ToArray());
        var second = PduReader.TakeValue(ref values);
        Assert.Equal(((byte)5, false, false, 0L), (second.ContextId, second.IsCommand, second.IsLast, second.Fragment.Length));
        Assert.True(values.IsEmpty);
    }

    [Theory]
    [InlineData(2, 2)] // even
    [InlineData(1, 1)] // twice
    public void ReadBody_ContextIdsAgainstTheStandard_Throws(byte first, byte second)
    {
        var rq = Rq with { Contexts = [Rq.Contexts[0] with { Id = first }, Rq.Contexts[0] with { Id = second }] };
        Assert.Throws<InvalidPduException>(() => RoundTrip(rq));
    }

    [Fact]
    public void ReadBody_AeTitleWithLineBreakAndPath_IsSafeText()
    {
        var bytes = Written(Rq);
        "../\\\r\nX\0\0       "u8.CopyTo(bytes.AsSpan(26));
        var read = (AssociateRqPdu)Read(bytes);
        Assert.Equal("../???X", read.CallingAeTitle);
    }

    /// <summary>Every truncation and every single changed byte of a real request ends in a PDU or in <see cref="InvalidPduException"/>, never in another exception.</summary>
    [Fact]
    public void ReadBody_DamagedBytes_IsReadOrRefused()
    {
        var whole = Written(Rq);
        for (var length = 0; length < whole.Length - 6; length++)
            ReadOrRefuse(whole.AsSpan(6, length).ToArray());
        for (var at = 6; at < whole.Length; at++)
            foreach (var value in (byte[])[0x00, 0x7F, 0x80, 0xFF])
            {
                var damaged = whole.ToArray();
                damaged[at] = value;
                ReadOrRefuse(damaged[6..]);
            }

        static void ReadOrRefuse(byte[] body)
        {
            try
            {
                Assert.IsType<AssociateRqPdu>(PduReader.ReadBody(PduType.AssociateRq, new ReadOnlySequence<byte>(body)));
            }
            catch (InvalidPduException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private static byte[] Written(Pdu pdu)
    {
        var output = new ArrayBufferWriter<byte>();
        PduWriter.Write(output, pdu);
        return output.WrittenSpan.ToArray();
    }

    private static Pdu RoundTrip(Pdu pdu) => Read(Written(pdu));

    private static Pdu Read(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        Assert.True(PduReader.TryReadHeader(buffer, MaxPData, out var type, out var length));
        Assert.Equal(bytes.Length - 6, length);
        return PduReader.ReadBody(type, buffer.Slice(6));
    }
}
