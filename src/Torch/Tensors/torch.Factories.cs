using System.Runtime.InteropServices;

namespace EchoClr.Torch;

/// <summary>PyTorch's module <c>torch</c>, in TorchSharp's spelling, over libtorch: the part of it that EchoClr's models use.</summary>
public static partial class torch
{
    public static Tensor empty(long[] size, ScalarType? dtype = null, bool requires_grad = false) =>
        Tensor.From(Native.tensor_empty(size, size.Length, OrFloat(dtype), requires_grad ? 1 : 0, out TensorHandle result), result);

    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, bool requires_grad = false) =>
        Tensor.From(Native.tensor_full(size, size.Length, value.Value, OrFloat(dtype), requires_grad ? 1 : 0, out TensorHandle result), result);

    public static Tensor zeros(params long[] size) => full(size, 0);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, bool requires_grad = false) => full(size, 0, dtype, requires_grad);

    public static Tensor ones(params long[] size) => full(size, 1);

    public static Tensor ones(long[] size, ScalarType? dtype = null, bool requires_grad = false) => full(size, 1, dtype, requires_grad);

    public static Tensor rand(params long[] size) => rand(size, dtype: null);

    public static Tensor rand(long[] size, ScalarType? dtype = null, bool requires_grad = false) =>
        Tensor.From(Native.tensor_rand(size, size.Length, OrFloat(dtype), requires_grad ? 1 : 0, out TensorHandle result), result);

    public static Tensor randn(params long[] size) => randn(size, dtype: null);

    public static Tensor randn(long[] size, ScalarType? dtype = null, bool requires_grad = false) =>
        Tensor.From(Native.tensor_randn(size, size.Length, OrFloat(dtype), requires_grad ? 1 : 0, out TensorHandle result), result);

    /// <summary>Whole numbers from <paramref name="low"/> up to but not including <paramref name="high"/>.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null) =>
        Tensor.From(Native.tensor_randint(low, high, size, size.Length, (int)(dtype ?? ScalarType.Int64), out TensorHandle result), result);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null) => arange(0, stop, 1, dtype);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null) =>
        Tensor.From(Native.tensor_arange(start.Value, stop.Value, step.Value, Tensor.Optional(dtype), out TensorHandle result), result);

    public static Tensor tensor(float[] rawArray, params long[] dimensions) => FromSpan<float>(rawArray, Dimensions(rawArray.Length, dimensions), ScalarType.Float32);

    public static Tensor tensor(double[] rawArray, params long[] dimensions) => FromSpan<double>(rawArray, Dimensions(rawArray.Length, dimensions), ScalarType.Float64);

    public static Tensor tensor(long[] rawArray, params long[] dimensions) => FromSpan<long>(rawArray, Dimensions(rawArray.Length, dimensions), ScalarType.Int64);

    public static Tensor tensor(byte[] rawArray, params long[] dimensions) => FromSpan<byte>(rawArray, Dimensions(rawArray.Length, dimensions), ScalarType.Byte);

    public static Tensor tensor(bool[] rawArray, params long[] dimensions) =>
        FromSpan<bool>(rawArray, Dimensions(rawArray.Length, dimensions), ScalarType.Bool);

    public static Tensor tensor(Memory<float> rawArray, ReadOnlySpan<long> dimensions) => FromSpan<float>(rawArray.Span, dimensions, ScalarType.Float32);

    public static Tensor tensor(Memory<byte> rawArray, ReadOnlySpan<long> dimensions) => FromSpan<byte>(rawArray.Span, dimensions, ScalarType.Byte);

    /// <summary>A tensor over a copy of raw little-endian element bytes, as checkpoint files hold them.</summary>
    public static Tensor frombuffer(byte[] rawArray, ScalarType dtype, ReadOnlySpan<long> shape) =>
        Tensor.From(Native.tensor_from_bytes(rawArray, rawArray.Length, shape, shape.Length, (int)dtype, out TensorHandle result), result);

    public static Tensor zeros_like(Tensor input) => zeros(input.shape, input.dtype);

    public static Tensor ones_like(Tensor input) => ones(input.shape, input.dtype);

    public static Tensor randn_like(Tensor input) => randn(input.shape, input.dtype);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        using var handles = new HandleList(tensors);
        return Tensor.From(Native.tensor_cat(handles.Pointers, handles.Count, dim, out TensorHandle result), result);
    }

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        using var handles = new HandleList(tensors);
        return Tensor.From(Native.tensor_stack(handles.Pointers, handles.Count, dim, out TensorHandle result), result);
    }

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    private static Tensor FromSpan<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> size, ScalarType dtype) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(data);
        return Tensor.From(Native.tensor_from_bytes(bytes, bytes.Length, size, size.Length, (int)dtype, out TensorHandle result), result);
    }

    private static long[] Dimensions(int count, long[] dimensions) => dimensions.Length == 0 ? [count] : dimensions;

    private static int OrFloat(ScalarType? dtype) => (int)(dtype ?? ScalarType.Float32);
}
