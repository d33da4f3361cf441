namespace EchoClr.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor to_type(ScalarType type, bool copy = false) => From(Native.tensor_to_type(Safe, (int)type, copy ? 1 : 0, out TensorHandle result), result);

        public Tensor to(ScalarType type, bool copy = false) => to_type(type, copy);

        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        public Tensor reshape(params long[] shape) => From(Native.tensor_reshape(Safe, shape, shape.Length, out TensorHandle result), result);

        public Tensor view(params long[] shape) => From(Native.tensor_view(Safe, shape, shape.Length, out TensorHandle result), result);

        public Tensor expand(params long[] sizes) => From(Native.tensor_expand(Safe, sizes, sizes.Length, out TensorHandle result), result);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor permute(params long[] permutation) => From(Native.tensor_permute(Safe, permutation, permutation.Length, out TensorHandle result), result);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => From(Native.tensor_flatten(Safe, start_dim, end_dim, out TensorHandle result), result);

        public Tensor transpose(long dim0, long dim1) => From(Native.tensor_transpose(Safe, dim0, dim1, out TensorHandle result), result);

        public Tensor t() => transpose(0, 1);

        public Tensor unsqueeze(long dim) => From(Native.tensor_unsqueeze(Safe, dim, out TensorHandle result), result);

        public Tensor squeeze(long? dim = null) => From(Native.tensor_squeeze(Safe, dim ?? 0, dim is null ? 1 : 0, out TensorHandle result), result);

        public Tensor select(long dim, long index) => From(Native.tensor_select(Safe, dim, index, out TensorHandle result), result);

        public Tensor narrow(long dim, long start, long length) => From(Native.tensor_narrow(Safe, dim, start, length, out TensorHandle result), result);

        public Tensor index_select(long dim, Tensor index) => From(Native.tensor_index_select(Safe, dim, index.Safe, out TensorHandle result), result);

        public Tensor contiguous() => From(Native.tensor_contiguous(Safe, out TensorHandle result), result);

        public Tensor clone() => From(Native.tensor_clone(Safe, out TensorHandle result), result);

        /// <summary>A second reference to the same tensor.</summary>
        public Tensor alias() => From(Native.tensor_alias(Safe, out TensorHandle result), result);
    }
}
