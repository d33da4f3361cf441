namespace EchoClr.Dicom.Ports;

/// <summary>What the standard calls a status or a Failure Reason: for people who read a PACS's log beside ours.</summary>
public static class StatusMeaning
{
    /// <summary>PS3.7 Annex C, PS3.4 Table B.2-1 and PS3.3 C.14.1.1; null for codes that they do not define.</summary>
    public static string? Of(ushort code) => code switch
    {
        0x0105 => "no such attribute",
        0x0106 => "invalid attribute value",
        0x0107 => "attribute list warning",
        0x0110 => "processing failure",
        0x0111 => "duplicate SOP instance",
        0x0112 => "no such object instance",
        0x0113 => "no such event type",
        0x0115 => "invalid argument value",
        0x0116 => "attribute value out of range",
        0x0117 => "invalid object instance",
        0x0118 => "no such SOP class",
        0x0119 => "class-instance conflict",
        0x0122 => "SOP class not supported",
        0x0123 => "no such action",
        0x0124 => "not authorized",
        0x0131 => "duplicate transaction UID",
        0x0210 => "duplicate invocation",
        0x0211 => "unrecognized operation",
        0x0212 => "mistyped argument",
        0x0213 => "resource limitation",
        0xB000 => "coercion of data elements",
        0xB006 => "elements discarded",
        0xB007 => "data set does not match SOP class",
        >= 0xA700 and <= 0xA7FF => "out of resources",
        >= 0xA900 and <= 0xA9FF => "data set does not match SOP class",
        >= 0xC000 and <= 0xCFFF => "cannot understand",
        _ => null,
    };
}
