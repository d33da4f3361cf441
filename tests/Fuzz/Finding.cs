namespace EchoClr.Fuzz;

/// <summary>An input that did what no input may do.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Kind">The exception's type, or what limit was passed.</param>
/// <param name="Where">The innermost frame of ours, so that one defect is one finding.</param>
internal sealed record Finding(string Target, string Kind, string Where, string Detail, byte[] Input)
{
    public bool IsSameDefectAs(Finding? other) => other is not null && (Kind, Where) == (other.Kind, other.Where);

    public override string ToString() => $"{Target}: {Kind} at {Where}, {Input.Length} bytes: {Detail}";
}
