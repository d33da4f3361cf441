using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace EchoClr.Torch;

/// <summary>The C interface of native/: each call returns 0 or the pointer to an error text, and its result last.</summary>
internal static partial class Native
{
    private const string Library = "echoclr_torch";

    [LibraryImport(Library)] internal static partial void error_free(nint error);
    [LibraryImport(Library)] internal static partial void tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial long tensor_live_count();
    [LibraryImport(Library)] internal static partial long tensor_peak_count();

    [LibraryImport(Library)] internal static partial nint tensor_empty(ReadOnlySpan<long> size, int count, int dtype, int requires_grad, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_full(ReadOnlySpan<long> size, int count, ScalarValue value, int dtype, int requires_grad, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_rand(ReadOnlySpan<long> size, int count, int dtype, int requires_grad, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_randn(ReadOnlySpan<long> size, int count, int dtype, int requires_grad, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_randint(long low, long high, ReadOnlySpan<long> size, int count, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_arange(ScalarValue start, ScalarValue stop, ScalarValue step, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_from_bytes(ReadOnlySpan<byte> data, long bytes, ReadOnlySpan<long> size, int count, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_to_bytes(TensorHandle tensor, Span<byte> data, long bytes);

    [LibraryImport(Library)] internal static partial nint tensor_dtype(TensorHandle tensor, out int result);
    [LibraryImport(Library)] internal static partial nint tensor_ndim(TensorHandle tensor, out long result);
    [LibraryImport(Library)] internal static partial nint tensor_shape(TensorHandle tensor, Span<long> result, int count);
    [LibraryImport(Library)] internal static partial nint tensor_is_contiguous(TensorHandle tensor, out int result);
    [LibraryImport(Library)] internal static partial nint tensor_is_leaf(TensorHandle tensor, out int result);

    [LibraryImport(Library)] internal static partial nint tensor_to_type(TensorHandle tensor, int dtype, int copy, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_reshape(TensorHandle tensor, ReadOnlySpan<long> size, int count, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_view(TensorHandle tensor, ReadOnlySpan<long> size, int count, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_expand(TensorHandle tensor, ReadOnlySpan<long> size, int count, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_permute(TensorHandle tensor, ReadOnlySpan<long> order, int count, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_flatten(TensorHandle tensor, long start, long end, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_transpose(TensorHandle tensor, long dim0, long dim1, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_unsqueeze(TensorHandle tensor, long dim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_squeeze(TensorHandle tensor, long dim, int all, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_select(TensorHandle tensor, long dim, long index, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_narrow(TensorHandle tensor, long dim, long start, long length, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_index_select(TensorHandle tensor, long dim, TensorHandle index, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_contiguous(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_clone(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_alias(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_cat(ReadOnlySpan<nint> tensors, int count, long dim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_stack(ReadOnlySpan<nint> tensors, int count, long dim, out TensorHandle result);
}
