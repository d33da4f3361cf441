using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Pdus;

/// <summary>Bytes to protocol data units. A length is compared with its limit, and with what encloses it, before it is believed.</summary>
internal static class PduReader
{
    /// <summary>Reads type and length of the next PDU; both are checked.</summary>
    /// <exception cref="InvalidPduException">The type is unknown or the length impossible for it.</exception>
    public static bool TryReadHeader(in ReadOnlySequence<byte> buffer, int maxPDataLength, out PduType type, out int length)
    {
        (type, length) = (default, 0);
        if (buffer.Length < PduLimits.HeaderLength)
            return false;

        Span<byte> header = stackalloc byte[PduLimits.HeaderLength];
        buffer.Slice(0, PduLimits.HeaderLength).CopyTo(header);
        type = (PduType)header[0];                                      // 1    PDU-type
                                                                        // 2    reserved, shall not be tested
        var claimed = BinaryPrimitives.ReadUInt32BigEndian(header[2..]); // 3-6  PDU-length, unsigned
        var (least, most) = type switch
        {
            PduType.AssociateRq or PduType.AssociateAc => (68, PduLimits.MaxAssociateLength),
            PduType.AssociateRj or PduType.ReleaseRq or PduType.ReleaseRp or PduType.Abort => (PduLimits.FixedLength, PduLimits.FixedLength),
            PduType.PDataTf => (PduLimits.PdvHeaderLength, maxPDataLength),
            _ => throw new InvalidPduException(AbortReason.UnrecognizedPdu, $"PDU type {header[0]:X2}H is not known"),
        };
        if (claimed < (uint)least || claimed > (uint)most)
            throw new InvalidPduException(AbortReason.InvalidParameterValue, $"a length of {claimed} bytes is not within {least} to {most} for a {type} PDU");

        length = (int)claimed;
        return true;
    }

    /// <summary>Reads the body that follows a header.</summary>
    /// <exception cref="InvalidPduException">The body contradicts its own lengths.</exception>
    public static Pdu ReadBody(PduType type, in ReadOnlySequence<byte> body)
    {
        if (type == PduType.PDataTf)
            return ReadPData(body);

        var length = (int)body.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(rented);
            var fields = new PduFields(rented.AsSpan(0, length));
            return type switch
            {
                PduType.AssociateRq => ReadAssociateRq(ref fields),
                PduType.AssociateAc => ReadAssociateAc(ref fields),
                PduType.AssociateRj => new AssociateRjPdu(rented[1], rented[2], rented[3]), // 7 reserved, 8 result, 9 source, 10 reason
                PduType.ReleaseRq => new ReleaseRqPdu(),                                    // 7-10 reserved
                PduType.ReleaseRp => new ReleaseRpPdu(),                                    // 7-10 reserved
                PduType.Abort => new AbortPdu((AbortSource)rented[2], (AbortReason)rented[3]), // 7-8 reserved, 9 source, 10 reason
                _ => throw new InvalidPduException(AbortReason.UnrecognizedPdu, $"PDU type {(byte)type:X2}H is not known"),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Takes the first presentation data value off a checked P-DATA-TF body (PS3.8 Table 9-23).</summary>
    public static PresentationDataValue TakeValue(ref ReadOnlySequence<byte> values)
    {
        Span<byte> header = stackalloc byte[PduLimits.PdvHeaderLength];
        values.Slice(0, PduLimits.PdvHeaderLength).CopyTo(header);
        var itemLength = (int)BinaryPrimitives.ReadUInt32BigEndian(header); // 1-4 item length: the context id and all after it
        var contextId = header[4];                                          // 5   presentation context id
        var control = header[5];                                            // 6   message control header (Annex E.2)
        var fragment = values.Slice(PduLimits.PdvHeaderLength, itemLength - 2);
        values = values.Slice(4 + itemLength);
        return new PresentationDataValue(contextId, (control & 0x01) != 0, (control & 0x02) != 0, fragment);
    }

    // Every item length is walked once, before anybody sees the first value: a message is never half handled when its PDU is wrong.
    private static PDataPdu ReadPData(in ReadOnlySequence<byte> body)
    {
        var rest = body;
        Span<byte> lengthBytes = stackalloc byte[4];
        while (rest.Length > 0)
        {
            if (rest.Length < PduLimits.PdvHeaderLength)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"{rest.Length} bytes are left in a P-DATA-TF PDU: too few for a presentation data value");
            rest.Slice(0, 4).CopyTo(lengthBytes);
            var itemLength = BinaryPrimitives.ReadUInt32BigEndian(lengthBytes);
            if (itemLength < 2 || itemLength > rest.Length - 4)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"a presentation data value of {itemLength} bytes does not fit the {rest.Length - 4} left in its PDU");
            rest = rest.Slice(4 + itemLength);
        }
        return new PDataPdu(body);
    }

    private static AssociateRqPdu ReadAssociateRq(ref PduFields fields)
    {
        var protocolVersion = fields.UInt16();  // 7-8   protocol version
        fields.Skip(2);                         // 9-10  reserved
        var called = AeTitle(fields.Bytes(16)); // 11-26 called AE title
        var calling = AeTitle(fields.Bytes(16)); // 27-42 calling AE title
        fields.Skip(32);                        // 43-74 reserved
        var applicationContext = "";
        var contexts = new List<ProposedContext>();
        UserInformation? user = null;
        while (fields.Remaining > 0)            // 75-   variable items
        {
            var item = fields.Item(out var itemType);
            switch (itemType)
            {
                case 0x10: applicationContext = Uid(item.Rest()); break;
                case 0x20: contexts.Add(ReadProposedContext(ref item)); break;
                case 0x50: user = ReadUserInformation(ref item); break;
                default: break; // 9.3.1: unrecognized items are ignored
            }
            if (contexts.Count > 128)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, "more than 128 presentation contexts are proposed");
        }
        CheckContextIds(contexts.Select(context => context.Id));
        return new AssociateRqPdu(protocolVersion, called, calling, applicationContext, contexts, user ?? NoUserInformation);
    }

    private static AssociateAcPdu ReadAssociateAc(ref PduFields fields)
    {
        fields.Skip(4);                          // 7-8 protocol version, 9-10 reserved
        var called = AeTitle(fields.Bytes(16));  // 11-26 reserved: a copy of the called AE title
        var calling = AeTitle(fields.Bytes(16)); // 27-42 reserved: a copy of the calling AE title
        fields.Skip(32);                         // 43-74 reserved
        var contexts = new List<NegotiatedContext>();
        UserInformation? user = null;
        while (fields.Remaining > 0)             // 75-   variable items
        {
            var item = fields.Item(out var itemType);
            switch (itemType)
            {
                case 0x21: contexts.Add(ReadNegotiatedContext(ref item)); break;
                case 0x50: user = ReadUserInformation(ref item); break;
                default: break; // 10H, the application context, shall not be tested
            }
            if (contexts.Count > 128)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, "more than 128 presentation contexts are answered");
        }
        return new AssociateAcPdu(called, calling, contexts, user ?? NoUserInformation);
    }

    // PS3.8 Tables 9-13 to 9-15
    private static ProposedContext ReadProposedContext(ref PduFields fields)
    {
        var id = fields.Byte(); // 5 presentation context id
        fields.Skip(3);         // 6-8 reserved
        var abstractSyntax = "";
        var transferSyntaxes = new List<string>();
        while (fields.Remaining > 0)
        {
            var item = fields.Item(out var itemType);
            if (itemType == 0x30)
                abstractSyntax = Uid(item.Rest());
            else if (itemType == 0x40)
                transferSyntaxes.Add(Uid(item.Rest()));
            if (transferSyntaxes.Count > PduLimits.MaxSubItems)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"more than {PduLimits.MaxSubItems} transfer syntaxes are proposed for one context");
        }
        return new ProposedContext(id, abstractSyntax, transferSyntaxes);
    }

    // PS3.8 Tables 9-18 and 9-19
    private static NegotiatedContext ReadNegotiatedContext(ref PduFields fields)
    {
        var id = fields.Byte();     // 5 presentation context id
        fields.Skip(1);             // 6 reserved
        var result = fields.Byte(); // 7 result/reason
        fields.Skip(1);             // 8 reserved
        var transferSyntax = "";
        while (fields.Remaining > 0)
        {
            var item = fields.Item(out var itemType);
            if (itemType == 0x40)
                transferSyntax = Uid(item.Rest());
        }
        return new NegotiatedContext(id, result, transferSyntax);
    }

    // PS3.8 Annex D.1 and PS3.7 Annex D.3.3. The asynchronous operations window (53H), extended negotiation (56H, 57H) and user
    // identity (58H) are offers; not answering them declines them, which is what we do.
    private static UserInformation ReadUserInformation(ref PduFields fields)
    {
        var user = NoUserInformation;
        var roles = new List<RoleSelection>();
        while (fields.Remaining > 0)
        {
            var item = fields.Item(out var itemType);
            switch (itemType)
            {
                case 0x51: user = user with { MaxLength = item.UInt32() }; break;
                case 0x52: user = user with { ImplementationClassUid = Uid(item.Rest()) }; break;
                case 0x54: roles.Add(ReadRoleSelection(ref item)); break;
                case 0x55: user = user with { ImplementationVersionName = Printable(item.Rest()) }; break;
                default: break;
            }
            if (roles.Count > PduLimits.MaxSubItems)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"more than {PduLimits.MaxSubItems} roles are proposed");
        }
        return user with { Roles = roles };
    }

    // PS3.7 Table D.3-9
    private static RoleSelection ReadRoleSelection(ref PduFields fields)
    {
        var uid = Uid(fields.Bytes(fields.UInt16())); // 5-6 UID length, 7- SOP class UID
        var scu = fields.Byte() != 0;
        var scp = fields.Byte() != 0;
        return new RoleSelection(uid, scu, scp);
    }

    // PS3.8 Table 9-13: odd integers between 1 and 255; 9.3.2.2: each once.
    private static void CheckContextIds(IEnumerable<byte> ids)
    {
        var seen = new HashSet<byte>();
        foreach (var id in ids)
        {
            if (id % 2 == 0)
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"presentation context id {id} is even");
            if (!seen.Add(id))
                throw new InvalidPduException(AbortReason.InvalidParameterValue, $"presentation context id {id} is proposed twice");
        }
    }

    private static UserInformation NoUserInformation { get; } = new(0, "", null, []);

    /// <summary>An AE title (PS3.5 Table 6.2-1) without its padding. What may not be in one becomes "?", so that a title is safe in a log and equal to no configured one.</summary>
    private static string AeTitle(ReadOnlySpan<byte> field) => OneValue(field);

    private static string Uid(ReadOnlySpan<byte> field) => field.Length <= PduLimits.MaxUidFieldLength
        ? OneValue(field)
        : throw new InvalidPduException(AbortReason.InvalidParameterValue, $"a UID of {field.Length} bytes is proposed");

    /// <summary>Text that may be copied into an element: a backslash would make two values of it.</summary>
    private static string OneValue(ReadOnlySpan<byte> field) => Printable(field).Replace('\\', '?');

    private static string Printable(ReadOnlySpan<byte> field) =>
        string.Create(field.Length, field, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = bytes[i] is 0 ? ' ' : bytes[i] is >= 0x20 and <= 0x7E ? (char)bytes[i] : '?';
        }).Trim(' ');
}
