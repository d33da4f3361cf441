using System.Runtime.InteropServices;

namespace EchoClr.Torch;

/// <summary>A number with its kind, so that libtorch's type promotion works: an int64 tensor times 2 stays int64.</summary>
public sealed class Scalar
{
    private Scalar(ScalarValue value) => Value = value;

    internal ScalarValue Value { get; }

    public static implicit operator Scalar(int value) => new(new ScalarValue(value, value, ScalarKind.Integer));
    public static implicit operator Scalar(long value) => new(new ScalarValue(value, value, ScalarKind.Integer));
    public static implicit operator Scalar(float value) => new(new ScalarValue(value, 0, ScalarKind.Real));
    public static implicit operator Scalar(double value) => new(new ScalarValue(value, 0, ScalarKind.Real));
    public static implicit operator Scalar(bool value) => new(new ScalarValue(value ? 1 : 0, value ? 1 : 0, ScalarKind.Boolean));
}

internal enum ScalarKind
{
    Real,
    Integer,
    Boolean,
}

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ScalarValue(double Real, long Integer, ScalarKind Kind);
