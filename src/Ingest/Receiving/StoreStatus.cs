using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Receiving;

/// <summary>What a C-STORE is answered with: PS3.4 Table B.2-1, and PS3.7 Annex C for the rest. The same table is in CONFORMANCE.md, and a test compares the two.</summary>
public static class StoreStatus
{
    // ENOSPC, EDQUOT: .NET gives the errno as the HResult of an IOException on Unix.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Refused: Out of resources. No room, or the store or the database does not answer; the same object may be taken later.</summary>
    public static readonly DimseStatus OutOfResources = new(0xA700, "storage or database is not available");

    public static readonly DimseStatus StorageFull = new(0xA700, "storage is full");

    /// <summary>Error: Data Set does not match SOP Class.</summary>
    public static readonly DimseStatus SopClassMismatch = new(0xA900, "SOP Class UID of data set and command differ");

    /// <summary>Error: Cannot understand (Cxxx; the last digits are ours).</summary>
    public static readonly DimseStatus Unreadable = new(0xC000, "the data set cannot be read");

    public static readonly DimseStatus UidMissing = new(0xC001, "Study, Series or SOP Instance UID is missing");

    public static readonly DimseStatus UidInvalid = new(0xC002, "Study, Series or SOP Instance UID is not a UID");

    public static readonly DimseStatus SopInstanceMismatch = new(0xC003, "SOP Instance UID of data set and command differ");

    /// <summary>
    /// Duplicate SOP Instance (PS3.7 C.5.7): the UID is taken by other bytes, which stay. The new bytes are kept aside for a person, but Success would
    /// claim that they are the instance. A failure is what makes the sender's log name the object; dcm4chee answers the same.
    /// </summary>
    public static readonly DimseStatus OtherBytesUnderSameUid = new(0x0111, "this SOP Instance UID is already stored with other bytes");

    /// <summary>Processing failure (PS3.7 C.5.15): a fault of ours.</summary>
    public static readonly DimseStatus ProcessingFailure = new(0x0110, "processing failure");

    /// <summary>Every answer but Success, for the documentation and its test.</summary>
    public static IReadOnlyList<DimseStatus> Failures { get; } =
        [OutOfResources, StorageFull, SopClassMismatch, Unreadable, UidMissing, UidInvalid, SopInstanceMismatch, OtherBytesUnderSameUid, ProcessingFailure];

    public static DimseStatus Of(Reception reception) => reception.Kind switch
    {
        ReceptionKind.Stored or ReceptionKind.Own or ReceptionKind.Duplicate => DimseStatus.Success,
        ReceptionKind.Conflict or ReceptionKind.ConflictAgain => OtherBytesUnderSameUid,
        _ => throw new ArgumentOutOfRangeException(nameof(reception), $"{reception.Kind}"),
    };

    public static DimseStatus Of(Exception exception) => exception switch
    {
        MalformedInstanceException malformed => malformed.Status,
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => StorageFull,
        IOException or UnauthorizedAccessException => OutOfResources,
        _ when Database.IsFull(exception) => StorageFull,
        _ when Database.IsUnavailable(exception) => OutOfResources,
        _ => ProcessingFailure,
    };
}
