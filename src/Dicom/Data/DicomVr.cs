namespace EchoClr.Dicom;

/// <summary>A value representation (PS3.5 6.2) with what reading and writing need to know of it.</summary>
public sealed class DicomVr
{
    private static readonly Dictionary<ushort, DicomVr> ByCode = [];

    public static readonly DicomVr AE = Text("AE", maximum: 16, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr AS = Text("AS", maximum: 4, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr AT = Binary("AT", unit: 2);
    public static readonly DicomVr CS = Text("CS", maximum: 16, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr DA = Text("DA", maximum: 18, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr DS = Text("DS", maximum: 16, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr DT = Text("DT", maximum: 54, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr FD = Binary("FD", unit: 8);
    public static readonly DicomVr FL = Binary("FL", unit: 4);
    public static readonly DicomVr IS = Text("IS", maximum: 12, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr LO = Text("LO", maximum: 64, VrText.Multiple);
    public static readonly DicomVr LT = Text("LT", maximum: 10240, VrText.None);
    public static readonly DicomVr OB = Binary("OB", unit: 1, longLength: true);
    public static readonly DicomVr OD = Binary("OD", unit: 8, longLength: true);
    public static readonly DicomVr OF = Binary("OF", unit: 4, longLength: true);
    public static readonly DicomVr OL = Binary("OL", unit: 4, longLength: true);
    public static readonly DicomVr OV = Binary("OV", unit: 8, longLength: true);
    public static readonly DicomVr OW = Binary("OW", unit: 2, longLength: true);
    public static readonly DicomVr PN = Text("PN", maximum: 64 * 3 + 2, VrText.Multiple); // three component groups of 64 and two "="
    public static readonly DicomVr SH = Text("SH", maximum: 16, VrText.Multiple);
    public static readonly DicomVr SL = Binary("SL", unit: 4);
    public static readonly DicomVr SQ = Binary("SQ", unit: 1, longLength: true);
    public static readonly DicomVr SS = Binary("SS", unit: 2);
    public static readonly DicomVr ST = Text("ST", maximum: 1024, VrText.None);
    public static readonly DicomVr SV = Binary("SV", unit: 8, longLength: true);
    public static readonly DicomVr TM = Text("TM", maximum: 28, VrText.Ascii | VrText.Multiple);
    public static readonly DicomVr UC = Text("UC", maximum: int.MaxValue, VrText.Multiple, longLength: true);
    public static readonly DicomVr UI = Text("UI", maximum: 64, VrText.Ascii | VrText.Multiple, padding: 0);
    public static readonly DicomVr UL = Binary("UL", unit: 4);
    public static readonly DicomVr UN = Binary("UN", unit: 1, longLength: true);
    public static readonly DicomVr UR = Text("UR", maximum: int.MaxValue, VrText.Ascii, longLength: true);
    public static readonly DicomVr US = Binary("US", unit: 2);
    public static readonly DicomVr UT = Text("UT", maximum: int.MaxValue, VrText.None, longLength: true);
    public static readonly DicomVr UV = Binary("UV", unit: 8, longLength: true);

    private readonly VrText _text;

    private DicomVr(string code, bool isText, VrText text, int unit, int maximumLength, bool longLength, byte padding)
    {
        (Code, IsText, _text, Unit, MaximumLength, HasLongLength, Padding) = (code, isText, text, unit, maximumLength, longLength, padding);
        ByCode.Add(Pack((byte)code[0], (byte)code[1]), this);
    }

    [Flags]
    private enum VrText
    {
        None = 0,
        Ascii = 1,
        Multiple = 2,
    }

    /// <summary>The two letters.</summary>
    public string Code { get; }

    /// <summary>Values are character strings.</summary>
    public bool IsText { get; }

    /// <summary>Text in the repertoire that SpecificCharacterSet names (PS3.5 6.1.2.3); other text is ASCII.</summary>
    public bool UsesCharacterSet => IsText && !_text.HasFlag(VrText.Ascii);

    /// <summary>Text in which a backslash separates values; in LT, ST, UT and UR it is a character like others.</summary>
    public bool IsMultiValued => _text.HasFlag(VrText.Multiple);

    /// <summary>Bytes of one binary number: what big endian turns round.</summary>
    public int Unit { get; }

    /// <summary>The most characters (PN: of all component groups) that one value may have, dates and times as ranges in queries (PS3.5 Table 6.2-1); <see cref="int.MaxValue"/> where the length field is the limit.</summary>
    public int MaximumLength { get; }

    /// <summary>OB, OW, OF, OD, OL, OV and UN: streams of bytes or numbers that have no text.</summary>
    public bool IsBulk => Code[0] == 'O' || Code == "UN";

    /// <summary>Explicit VR writes a 32-bit length after two reserved bytes (PS3.5 7.1.2).</summary>
    public bool HasLongLength { get; }

    /// <summary>The byte that makes a length even: a space for text, NUL for UI and binary.</summary>
    public byte Padding { get; }

    public override string ToString() => Code;

    /// <summary>The VR that two bytes of an explicit VR stream name, or null.</summary>
    internal static DicomVr? Find(byte first, byte second) => ByCode.GetValueOrDefault(Pack(first, second));

    /// <summary>The VR with these two letters, or null.</summary>
    public static DicomVr? Find(string code) => code.Length == 2 && char.IsAscii(code[0]) && char.IsAscii(code[1]) ? Find((byte)code[0], (byte)code[1]) : null;

    private static ushort Pack(byte first, byte second) => (ushort)(first << 8 | second);

    private static DicomVr Text(string code, int maximum, VrText text, bool longLength = false, byte padding = (byte)' ') =>
        new(code, true, text, 1, maximum, longLength, padding);

    private static DicomVr Binary(string code, int unit, bool longLength = false) =>
        new(code, false, VrText.None, unit, int.MaxValue, longLength, 0);
}
