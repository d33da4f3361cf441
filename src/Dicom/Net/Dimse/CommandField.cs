namespace EchoClr.Dicom.Net.Dimse;

/// <summary>Command Field (0000,0100), PS3.7 Annex E.1. A response is its request with <see cref="Response"/> set.</summary>
internal enum CommandField : ushort
{
    CStoreRq = 0x0001,
    CGetRq = 0x0010,
    CFindRq = 0x0020,
    CMoveRq = 0x0021,
    CEchoRq = 0x0030,
    NEventReportRq = 0x0100,
    NActionRq = 0x0130,
    CCancelRq = 0x0FFF,

    CStoreRsp = 0x8001,
    CFindRsp = 0x8020,
    CMoveRsp = 0x8021,
    CEchoRsp = 0x8030,
    NEventReportRsp = 0x8100,
    NActionRsp = 0x8130,

    /// <summary>The bit that makes a response.</summary>
    Response = 0x8000,
}
