namespace EchoClr.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => From(Native.tensor_sum(Safe, [], 0, 0, Optional(type), out TensorHandle result), result);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            From(Native.tensor_sum(Safe, dim, dim.Length, keepdim ? 1 : 0, Optional(type), out TensorHandle result), result);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor mean() => From(Native.tensor_mean(Safe, [], 0, 0, -1, out TensorHandle result), result);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            From(Native.tensor_mean(Safe, dimensions, dimensions.Length, keepdim ? 1 : 0, Optional(type), out TensorHandle result), result);

        public Tensor amax(long[] dims, bool keepdim = false) => From(Native.tensor_amax(Safe, dims, dims.Length, keepdim ? 1 : 0, out TensorHandle result), result);

        public Tensor amin(long[] dims, bool keepdim = false) => From(Native.tensor_amin(Safe, dims, dims.Length, keepdim ? 1 : 0, out TensorHandle result), result);

        public Tensor max() => amax([]);

        public Tensor min() => amin([]);

        public Tensor std(bool unbiased = true) => From(Native.tensor_std(Safe, unbiased ? 1 : 0, out TensorHandle result), result);

        public Tensor argmax() => From(Native.tensor_argmax(Safe, 0, 1, 0, out TensorHandle result), result);

        public Tensor argmax(long dim, bool keepdim = false) => From(Native.tensor_argmax(Safe, dim, 0, keepdim ? 1 : 0, out TensorHandle result), result);

        public Tensor all() => From(Native.tensor_all(Safe, out TensorHandle result), result);

        public Tensor any() => From(Native.tensor_any(Safe, out TensorHandle result), result);

        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false)
        {
            TorchException.ThrowIf(Native.tensor_allclose(Safe, target.Safe, rtol, atol, equal_nan ? 1 : 0, out int close));
            return close != 0;
        }
    }
}
