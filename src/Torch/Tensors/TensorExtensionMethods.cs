namespace EchoClr.Torch;

/// <summary>Conversions of one-element tensors to numbers, and sizes of element types.</summary>
public static class TensorExtensionMethods
{
    /// <summary>Bytes per element.</summary>
    public static int ElementSize(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Bool => 1,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 => 4,
        torch.ScalarType.Int64 or torch.ScalarType.Float64 => 8,
        _ => throw new NotSupportedException($"element type {type}"),
    };

    public static double ToDouble(this torch.Tensor value) => As<double>(value, torch.ScalarType.Float64);

    public static float ToSingle(this torch.Tensor value) => As<float>(value, torch.ScalarType.Float32);

    public static long ToInt64(this torch.Tensor value) => As<long>(value, torch.ScalarType.Int64);

    public static bool ToBoolean(this torch.Tensor value) => As<byte>(value, torch.ScalarType.Byte) != 0;

    private static T As<T>(torch.Tensor value, torch.ScalarType type) where T : unmanaged
    {
        using torch.Tensor converted = value.to_type(type);
        return converted.item<T>();
    }
}
