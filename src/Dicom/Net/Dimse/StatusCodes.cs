namespace EchoClr.Dicom.Net.Dimse;

/// <summary>The DIMSE statuses that this layer itself answers (PS3.7 Annex C). What the application answers is its own.</summary>
internal static class StatusCodes
{
    public const ushort Success = 0x0000;
    public const ushort ProcessingFailure = 0x0110;
    public const ushort NoSuchSopInstance = 0x0112;
    public const ushort NoSuchEventType = 0x0113;
    public const ushort InvalidArgumentValue = 0x0115;
    public const ushort InvalidSopInstance = 0x0117;
    public const ushort NoSuchSopClass = 0x0118;
    public const ushort SopClassNotSupported = 0x0122;
    public const ushort NoSuchActionType = 0x0123;
    public const ushort UnrecognizedOperation = 0x0211;
    public const ushort MistypedArgument = 0x0212;

    /// <summary>C-STORE: out of resources (PS3.4 Table B.2-1).</summary>
    public const ushort OutOfResources = 0xA700;

    /// <summary>C-FIND, C-MOVE: ended on our C-CANCEL (PS3.4 Tables C.4-1 and C.4-2).</summary>
    public const ushort Cancelled = 0xFE00;

    /// <summary>C-FIND: matches continue; C-MOVE: sub-operations continue (PS3.4 Tables C.4-1, C.4-2); C-FIND's FF01 when an optional key was not supported.</summary>
    public const ushort Pending = 0xFF00;
    public const ushort PendingWithoutOptionalKeys = 0xFF01;
}
