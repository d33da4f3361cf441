using System.Text;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Dimse;

/// <summary>A command set (PS3.7 6.3): a few elements of group 0000, always Implicit VR Little Endian. Null means absent.</summary>
internal sealed record CommandSet
{
    /// <summary>Longest command set taken, in bytes. Real ones have about 200; an AttributeIdentifierList could add a little.</summary>
    public const int MaxLength = 64 * 1024;

    private const int NoDataset = 0x0101;   // (0000,0800), PS3.7 E.1: any other value means that a data set follows
    private const int MaxErrorComment = 64; // LO, PS3.5 Table 6.2-1

    public CommandField Field { get; init; }
    public string? AffectedSopClassUid { get; init; }
    public string? RequestedSopClassUid { get; init; }
    public ushort? MessageId { get; init; }
    public ushort? MessageIdBeingRespondedTo { get; init; }
    public ushort? Priority { get; init; }
    public bool HasDataset { get; init; }
    public ushort? Status { get; init; }
    public string? ErrorComment { get; init; }
    public string? AffectedSopInstanceUid { get; init; }
    public string? RequestedSopInstanceUid { get; init; }
    public ushort? EventTypeId { get; init; }
    public ushort? ActionTypeId { get; init; }
    public string? MoveDestination { get; init; }
    public ushort? RemainingSuboperations { get; init; }
    public ushort? CompletedSuboperations { get; init; }
    public ushort? FailedSuboperations { get; init; }
    public ushort? WarningSuboperations { get; init; }

    public bool IsResponse => (Field & CommandField.Response) != 0;

    /// <summary>The status of a response; a response without one is taken for a failure, never for success.</summary>
    public DimseStatus DimseStatus => Status is { } code ? new DimseStatus(code, ErrorComment) : new DimseStatus(StatusCodes.ProcessingFailure, "the response has no status");

    /// <summary>The response to this request, with the SOP class and instance that PS3.7 wants repeated.</summary>
    public CommandSet Respond(DimseStatus status) => new()
    {
        Field = Field | CommandField.Response,
        MessageIdBeingRespondedTo = MessageId,
        AffectedSopClassUid = AffectedSopClassUid ?? RequestedSopClassUid,
        AffectedSopInstanceUid = AffectedSopInstanceUid ?? RequestedSopInstanceUid,
        EventTypeId = EventTypeId,
        ActionTypeId = ActionTypeId,
        Status = status.Code,
        ErrorComment = status.ErrorComment,
    };

    /// <exception cref="DimseViolationException">The bytes are no command set, or it has no Command Field.</exception>
    public static CommandSet Parse(ReadOnlyMemory<byte> bytes)
    {
        DicomDataset elements;
        try
        {
            elements = DicomDatasetReader.Read(bytes, TransferSyntax.ImplicitVRLittleEndian);
        }
        catch (DicomFormatException e)
        {
            throw new DimseViolationException("a command set cannot be read: " + e.Message);
        }
        return new CommandSet
        {
            Field = (CommandField)(Number(elements, DicomTags.CommandField) ?? throw new DimseViolationException("a command set has no Command Field")),
            AffectedSopClassUid = Text(elements, DicomTags.AffectedSOPClassUID),
            RequestedSopClassUid = Text(elements, DicomTags.RequestedSOPClassUID),
            MessageId = Number(elements, DicomTags.MessageID),
            MessageIdBeingRespondedTo = Number(elements, DicomTags.MessageIDBeingRespondedTo),
            Priority = Number(elements, DicomTags.Priority),
            HasDataset = Number(elements, DicomTags.CommandDataSetType) is not (null or NoDataset),
            Status = Number(elements, DicomTags.Status),
            ErrorComment = Text(elements, DicomTags.ErrorComment),
            AffectedSopInstanceUid = Text(elements, DicomTags.AffectedSOPInstanceUID),
            RequestedSopInstanceUid = Text(elements, DicomTags.RequestedSOPInstanceUID),
            EventTypeId = Number(elements, DicomTags.EventTypeID),
            ActionTypeId = Number(elements, DicomTags.ActionTypeID),
            MoveDestination = Text(elements, DicomTags.MoveDestination),
            RemainingSuboperations = Number(elements, DicomTags.NumberOfRemainingSuboperations),
            CompletedSuboperations = Number(elements, DicomTags.NumberOfCompletedSuboperations),
            FailedSuboperations = Number(elements, DicomTags.NumberOfFailedSuboperations),
            WarningSuboperations = Number(elements, DicomTags.NumberOfWarningSuboperations),
        };
    }

    public byte[] ToBytes()
    {
        var elements = new DicomDataset();
        Put(elements, DicomTags.AffectedSOPClassUID, AffectedSopClassUid);
        Put(elements, DicomTags.RequestedSOPClassUID, RequestedSopClassUid);
        Put(elements, DicomTags.CommandField, (ushort)Field);
        Put(elements, DicomTags.MessageID, MessageId);
        Put(elements, DicomTags.MessageIDBeingRespondedTo, MessageIdBeingRespondedTo);
        Put(elements, DicomTags.Priority, Priority);
        Put(elements, DicomTags.CommandDataSetType, HasDataset ? (ushort)0x0000 : (ushort)NoDataset);
        Put(elements, DicomTags.Status, Status);
        // A longer comment makes some peers drop the whole response (fo-dicom #1282).
        Put(elements, DicomTags.ErrorComment, ErrorComment is { Length: > MaxErrorComment } comment ? comment[..MaxErrorComment] : ErrorComment);
        Put(elements, DicomTags.AffectedSOPInstanceUID, AffectedSopInstanceUid);
        Put(elements, DicomTags.RequestedSOPInstanceUID, RequestedSopInstanceUid);
        Put(elements, DicomTags.EventTypeID, EventTypeId);
        Put(elements, DicomTags.ActionTypeID, ActionTypeId);
        Put(elements, DicomTags.MoveDestination, MoveDestination);
        Put(elements, DicomTags.NumberOfRemainingSuboperations, RemainingSuboperations);
        Put(elements, DicomTags.NumberOfCompletedSuboperations, CompletedSuboperations);
        Put(elements, DicomTags.NumberOfFailedSuboperations, FailedSuboperations);
        Put(elements, DicomTags.NumberOfWarningSuboperations, WarningSuboperations);
        return DicomDatasetWriter.EncodeCommand(elements);
    }

    private static ushort? Number(DicomDataset elements, DicomTag tag) => (ushort?)elements.GetInt32(tag);

    // Peer text goes into logs and into our responses: nothing unprintable may be in it.
    private static string? Text(DicomDataset elements, DicomTag tag) => elements.GetString(tag) is { } text
        ? string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'))
        : null;

    private static void Put(DicomDataset elements, DicomTag tag, ushort? value)
    {
        if (value is { } number)
            elements.Set(tag, (int)number);
    }

    // By bytes: what a peer sent is repeated to it even where the VR would not allow it.
    private static void Put(DicomDataset elements, DicomTag tag, string? value)
    {
        if (value is not null)
            elements.SetBytes(tag, DicomDictionary.Vr(tag), Encoding.ASCII.GetBytes(value.Replace('\\', '?')));
    }
}
