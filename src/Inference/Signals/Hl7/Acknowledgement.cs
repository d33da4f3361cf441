using System.Text;

namespace EchoClr.Inference.Signals.Hl7;

/// <summary>What of an ACK decides (HL7 v2.5.1 2.9.2): MSA-1, MSA-2, and the error's number. The receiver's words are not read: they may name a patient.</summary>
/// <param name="Code">AA, AE, AR, or CA, CE, CR of a receiver that speaks enhanced mode unasked.</param>
/// <param name="ControlId">Of the message that is acknowledged.</param>
/// <param name="Condition">Table 0357, from ERR-3 or, before version 2.5, MSA-6; null where none is given.</param>
internal sealed record Acknowledgement(string Code, string ControlId, int? Condition)
{
    /// <summary>Null where the bytes are no acknowledgement.</summary>
    public static Acknowledgement? Parse(ReadOnlySpan<byte> block)
    {
        // Only ASCII is read of it, whatever its character set.
        var segments = Encoding.Latin1.GetString(block).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (segments is not [{ Length: > 8 } header, ..] || !header.StartsWith("MSH", StringComparison.Ordinal))
            return null;
        var (field, component) = (header[3], header[4]);
        if (Array.Find(segments, segment => segment.StartsWith("MSA" + field, StringComparison.Ordinal))?.Split(field) is not [_, var code, var controlId, ..]
            || code is not ("AA" or "AE" or "AR" or "CA" or "CE" or "CR"))
            return null;
        var error = Array.Find(segments, segment => segment.StartsWith("ERR" + field, StringComparison.Ordinal))?.Split(field).ElementAtOrDefault(3);
        var before = Array.Find(segments, segment => segment.StartsWith("MSA" + field, StringComparison.Ordinal))!.Split(field).ElementAtOrDefault(6);
        return new Acknowledgement(code, controlId, Number(error, component) ?? Number(before, component));
    }

    /// <summary>Why it means that the message was not taken; null where it was.</summary>
    public SignalFailure? Failure() => Code switch
    {
        "AA" or "CA" => null,
        // Application error: the content was refused, such as an order that is not known there.
        "AE" or "CE" => new SignalFailure($"answered {Code} (application error){Why()}") { Permanent = true },
        // Application reject: of this kind of message (Table 0357: 200 to 203), or not now.
        _ => new SignalFailure($"answered {Code} (application reject){Why()}") { Permanent = Condition is >= 200 and <= 203 },
    };

    private static int? Number(string? value, char component) => int.TryParse(value?.Split(component)[0], out var number) && number is >= 0 and <= 999 ? number : null;

    private string Why() => Condition switch
    {
        null => "",
        100 => ", 100: segment sequence error",
        101 => ", 101: required field missing",
        102 => ", 102: data type error",
        103 => ", 103: table value not found",
        200 => ", 200: unsupported message type",
        201 => ", 201: unsupported event code",
        202 => ", 202: unsupported processing id",
        203 => ", 203: unsupported version id",
        204 => ", 204: unknown key identifier",
        205 => ", 205: duplicate key identifier",
        206 => ", 206: application record locked",
        207 => ", 207: application internal error",
        _ => $", error {Condition}",
    };
}
