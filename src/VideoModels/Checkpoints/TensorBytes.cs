using System.Runtime.InteropServices;

namespace EchoClr.VideoModels.Checkpoints;

/// <summary>Elements as little-endian bytes, in calls that TorchSharp has too.</summary>
internal static class TensorBytes
{
    internal static int ElementSize(ScalarType type) => type switch
    {
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Float32 => 4,
        ScalarType.Int64 => 8,
        _ => throw new NotSupportedException($"element type {type}"),
    };

    /// <remarks>bfloat16 is the upper half of a float32, so it goes through one without loss.</remarks>
    internal static byte[] FromTensor(Tensor tensor)
    {
        switch (tensor.dtype)
        {
            case ScalarType.Float32:
                return MemoryMarshal.AsBytes<float>(tensor.data<float>().ToArray()).ToArray();
            case ScalarType.Float16:
                return MemoryMarshal.AsBytes<Half>(tensor.data<Half>().ToArray()).ToArray();
            case ScalarType.Int64:
                return MemoryMarshal.AsBytes<long>(tensor.data<long>().ToArray()).ToArray();
            case ScalarType.BFloat16:
                using (Tensor wide = tensor.to_type(ScalarType.Float32))
                {
                    ushort[] upper = [.. wide.data<float>().ToArray().Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
                    return MemoryMarshal.AsBytes<ushort>(upper).ToArray();
                }
            default:
                throw new NotSupportedException($"element type {tensor.dtype}");
        }
    }

    internal static Tensor ToTensor(ReadOnlySpan<byte> bytes, ScalarType type, long[] shape)
    {
        switch (type)
        {
            case ScalarType.Int64:
                return Shaped(torch.tensor(MemoryMarshal.Cast<byte, long>(bytes).ToArray()), shape);
            case ScalarType.Float32:
                return Shaped(torch.tensor(MemoryMarshal.Cast<byte, float>(bytes).ToArray()), shape);
            case ScalarType.Float16:
                float[] halves = Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), half => (float)half);
                return Narrowed(Shaped(torch.tensor(halves), shape), type);
            case ScalarType.BFloat16:
                float[] wide = Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), upper => BitConverter.UInt32BitsToSingle((uint)upper << 16));
                return Narrowed(Shaped(torch.tensor(wide), shape), type);
            default:
                throw new NotSupportedException($"element type {type}");
        }
    }

    private static Tensor Shaped(Tensor flat, long[] shape)
    {
        using (flat)
            return flat.reshape(shape);
    }

    private static Tensor Narrowed(Tensor wide, ScalarType type)
    {
        using (wide)
            return wide.to_type(type);
    }
}
