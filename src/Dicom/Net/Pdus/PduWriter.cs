using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Pdus;

/// <summary>Protocol data units to bytes.</summary>
internal static class PduWriter
{
    /// <summary>The DICOM application context name (PS3.7 Annex A.2.1).</summary>
    public const string ApplicationContext = "1.2.840.10008.3.1.1.1";

    public static void Write(IBufferWriter<byte> output, Pdu pdu)
    {
        switch (pdu)
        {
            case AssociateRqPdu rq: WriteAssociateRq(output, rq); break;
            case AssociateAcPdu ac: WriteAssociateAc(output, ac); break;
            case AssociateRjPdu rj: output.Write<byte>([(byte)PduType.AssociateRj, 0, 0, 0, 0, 4, 0, rj.Result, rj.Source, rj.Reason]); break;
            case ReleaseRqPdu: output.Write<byte>([(byte)PduType.ReleaseRq, 0, 0, 0, 0, 4, 0, 0, 0, 0]); break;
            case ReleaseRpPdu: output.Write<byte>([(byte)PduType.ReleaseRp, 0, 0, 0, 0, 4, 0, 0, 0, 0]); break;
            case AbortPdu abort: output.Write<byte>([(byte)PduType.Abort, 0, 0, 0, 0, 4, 0, 0, (byte)abort.Source, (byte)abort.Reason]); break;
            default: throw new ArgumentException($"a {pdu.GetType().Name} is written by its owner", nameof(pdu));
        }
    }

    /// <summary>Writes the 12 bytes before a fragment: P-DATA-TF header and its one presentation data value (PS3.8 Tables 9-22, 9-23).</summary>
    public static void WritePDataHeader(Span<byte> target, byte contextId, bool isCommand, bool isLast, int fragmentLength)
    {
        target[0] = (byte)PduType.PDataTf;                                                                    // 1   PDU-type
        target[1] = 0;                                                                                        // 2   reserved
        BinaryPrimitives.WriteUInt32BigEndian(target[2..], (uint)(PduLimits.PdvHeaderLength + fragmentLength)); // 3-6 PDU-length
        BinaryPrimitives.WriteUInt32BigEndian(target[6..], (uint)(2 + fragmentLength));                        // item length
        target[10] = contextId;                                                                               // presentation context id
        target[11] = (byte)((isCommand ? 0x01 : 0) | (isLast ? 0x02 : 0));                                    // message control header
    }

    private static void WriteAssociateRq(IBufferWriter<byte> output, AssociateRqPdu rq)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        WriteAssociateHead(body, rq.CalledAeTitle, rq.CallingAeTitle);
        WriteItem(body, 0x10, items => WriteText(items, rq.ApplicationContext));
        foreach (var context in rq.Contexts)
            WriteItem(body, 0x20, items =>
            {
                items.Write<byte>([context.Id, 0, 0, 0]);
                WriteItem(items, 0x30, uid => WriteText(uid, context.AbstractSyntax));
                foreach (var transferSyntax in context.TransferSyntaxes)
                    WriteItem(items, 0x40, uid => WriteText(uid, transferSyntax));
            });
        WriteUserInformation(body, rq.User);
        WriteFramed(output, PduType.AssociateRq, body.WrittenSpan);
    }

    private static void WriteAssociateAc(IBufferWriter<byte> output, AssociateAcPdu ac)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        WriteAssociateHead(body, ac.CalledAeTitle, ac.CallingAeTitle);
        WriteItem(body, 0x10, items => WriteText(items, ApplicationContext));
        foreach (var context in ac.Contexts)
            WriteItem(body, 0x21, items =>
            {
                items.Write<byte>([context.Id, 0, context.Result, 0]);
                // Not significant when refused, but shall be there (Table 9-18).
                WriteItem(items, 0x40, uid => WriteText(uid, context.TransferSyntax));
            });
        WriteUserInformation(body, ac.User);
        WriteFramed(output, PduType.AssociateAc, body.WrittenSpan);
    }

    private static void WriteAssociateHead(IBufferWriter<byte> body, string calledAeTitle, string callingAeTitle)
    {
        body.Write<byte>([0, 1, 0, 0]);                                               // 7-8 protocol version 1, 9-10 reserved
        body.Write(Encoding.ASCII.GetBytes(calledAeTitle.PadRight(16)[..16]));  // 11-26
        body.Write(Encoding.ASCII.GetBytes(callingAeTitle.PadRight(16)[..16])); // 27-42
        body.Write(new byte[32]);                                               // 43-74 reserved
    }

    private static void WriteUserInformation(IBufferWriter<byte> body, UserInformation user) => WriteItem(body, 0x50, items =>
    {
        // Sub-items in the order of their types, as PS3.7 D.3.3 lists them.
        WriteItem(items, 0x51, item => BinaryPrimitives.WriteUInt32BigEndian(Take(item, 4), user.MaxLength));
        WriteItem(items, 0x52, item => WriteText(item, user.ImplementationClassUid));
        foreach (var role in user.Roles)
            WriteItem(items, 0x54, item =>
            {
                BinaryPrimitives.WriteUInt16BigEndian(Take(item, 2), (ushort)role.SopClassUid.Length);
                WriteText(item, role.SopClassUid);
                item.Write<byte>([role.ScuRole ? (byte)1 : (byte)0, role.ScpRole ? (byte)1 : (byte)0]);
            });
        if (user.ImplementationVersionName is { } version)
            WriteItem(items, 0x55, item => WriteText(item, version));
    });

    private static void WriteFramed(IBufferWriter<byte> output, PduType type, ReadOnlySpan<byte> body)
    {
        var header = Take(output, PduLimits.HeaderLength);
        header[0] = (byte)type;
        header[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[2..], (uint)body.Length);
        output.Write(body);
    }

    private static void WriteItem(IBufferWriter<byte> output, byte type, Action<IBufferWriter<byte>> content)
    {
        var item = new ArrayBufferWriter<byte>();
        content(item);
        var header = Take(output, 4);
        header[0] = type;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], checked((ushort)item.WrittenCount));
        output.Write(item.WrittenSpan);
    }

    private static void WriteText(IBufferWriter<byte> output, string text) => output.Write(Encoding.ASCII.GetBytes(text));

    private static Span<byte> Take(IBufferWriter<byte> output, int count)
    {
        var span = output.GetSpan(count)[..count];
        output.Advance(count);
        return span;
    }
}
