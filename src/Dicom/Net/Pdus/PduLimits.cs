namespace EchoClr.Dicom.Net.Pdus;

/// <summary>What a length may claim before a byte is reserved for it.</summary>
internal static class PduLimits
{
    /// <summary>Type, reserved byte, four-byte length (PS3.8 9.3.1).</summary>
    public const int HeaderLength = 6;

    /// <summary>Four-byte item length, presentation context id, message control header (PS3.8 Table 9-23, Annex E.2).</summary>
    public const int PdvHeaderLength = 6;

    /// <summary>
    /// Longest A-ASSOCIATE PDU read, in bytes: 128 contexts (all odd ids) of an abstract syntax and 60 transfer syntaxes of
    /// 68 bytes each come to 531 kB; nothing real comes near.
    /// </summary>
    public const int MaxAssociateLength = 544 * 1024;

    /// <summary>Most transfer syntaxes of one context, and most roles of one association: twice what PS3.6 registers, and one for each context.</summary>
    public const int MaxSubItems = 128;

    /// <summary>Body of A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT (PS3.8 Tables 9-21, 9-24 to 9-26).</summary>
    public const int FixedLength = 4;

    /// <summary>Default of the longest P-DATA-TF PDU that we announce and accept, in bytes: large enough that header cost vanishes, small enough for every association to hold one.</summary>
    public const int DefaultMaxPDataLength = 256 * 1024;

    /// <summary>A peer that announces less than this cannot be sent two bytes of data a PDU.</summary>
    public const int MinPDataLength = PdvHeaderLength + 2;

    /// <summary>UIDs are at most 64 characters (PS3.5 9.1); longer ones are kept as data up to this and refused by name later.</summary>
    public const int MaxUidFieldLength = 256;
}
