using System.Runtime.InteropServices;

namespace EchoClr.Torch;

internal static partial class Native
{
    [LibraryImport(Library)] internal static partial nint tensor_neg(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_abs(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_exp(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_log(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sqrt(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_relu(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_relu_(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sigmoid(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_isfinite(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_zero_(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_detach(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_all(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_any(TensorHandle tensor, out TensorHandle result);

    [LibraryImport(Library)] internal static partial nint tensor_add(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_add_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sub(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sub_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_mul(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_mul_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_div(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_div_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_pow(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_pow_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_add_(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_add__scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sub_(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_sub__scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_mul_(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_mul__scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_div_(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_div__scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_eq(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_eq_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_ne(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_ne_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_lt(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_lt_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_le(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_le_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_gt(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_gt_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_ge(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_ge_scalar(TensorHandle left, ScalarValue right, out TensorHandle result);

    [LibraryImport(Library)] internal static partial nint tensor_matmul(TensorHandle left, TensorHandle right, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_clamp(TensorHandle tensor, ReadOnlySpan<ScalarValue> min, ReadOnlySpan<ScalarValue> max, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_copy_(TensorHandle tensor, TensorHandle source, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_fill_(TensorHandle tensor, ScalarValue value, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_normal_(TensorHandle tensor, double mean, double std, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_uniform_(TensorHandle tensor, double from, double to, out TensorHandle result);

    [LibraryImport(Library)] internal static partial nint tensor_sum(TensorHandle tensor, ReadOnlySpan<long> over, int count, int keepdim, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_mean(TensorHandle tensor, ReadOnlySpan<long> over, int count, int keepdim, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_amax(TensorHandle tensor, ReadOnlySpan<long> over, int count, int keepdim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_amin(TensorHandle tensor, ReadOnlySpan<long> over, int count, int keepdim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_std(TensorHandle tensor, int unbiased, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_argmax(TensorHandle tensor, long dim, int all, int keepdim, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_allclose(TensorHandle left, TensorHandle right, double rtol, double atol, int equal_nan, out int result);

    [LibraryImport(Library)] internal static partial nint nn_conv3d(TensorHandle input, TensorHandle weight, TensorHandle bias, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_batch_norm(TensorHandle input, TensorHandle running_mean, TensorHandle running_var, TensorHandle weight, TensorHandle bias, int training, double momentum, double eps, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_linear(TensorHandle input, TensorHandle weight, TensorHandle bias, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_dropout(TensorHandle input, double p, int training, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_adaptive_avg_pool3d(TensorHandle input, ReadOnlySpan<long> output_size, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_upsample_trilinear3d(TensorHandle input, ReadOnlySpan<long> size, int align_corners, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_softmax(TensorHandle input, long dim, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_log_softmax(TensorHandle input, long dim, int dtype, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_binary_cross_entropy_with_logits(TensorHandle input, TensorHandle target, TensorHandle weight, TensorHandle pos_weights, long reduction, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint nn_cross_entropy(TensorHandle input, TensorHandle target, TensorHandle weight, long ignore_index, long reduction, double label_smoothing, out TensorHandle result);

    [LibraryImport(Library)] internal static partial nint tensor_requires_grad(TensorHandle tensor, out int result);
    [LibraryImport(Library)] internal static partial nint tensor_set_requires_grad(TensorHandle tensor, int value);
    [LibraryImport(Library)] internal static partial nint tensor_retain_grad(TensorHandle tensor);
    [LibraryImport(Library)] internal static partial nint tensor_grad(TensorHandle tensor, out TensorHandle result);
    [LibraryImport(Library)] internal static partial nint tensor_clear_grad(TensorHandle tensor);
    [LibraryImport(Library)] internal static partial nint tensor_backward(TensorHandle tensor);

    [LibraryImport(Library)] internal static partial nint torch_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial nint torch_set_num_threads(int threads);
    [LibraryImport(Library)] internal static partial nint torch_use_deterministic_algorithms(int mode, int warn_only);

    [LibraryImport(Library)] internal static partial nint clip_grad_norm(ReadOnlySpan<nint> parameters, int count, double max_norm, double norm_type, out double result);
    [LibraryImport(Library)] internal static partial nint adamw_new(ReadOnlySpan<nint> parameters, int count, double lr, double beta1, double beta2, double eps, double weight_decay, int amsgrad, out OptimizerHandle result);
    [LibraryImport(Library)] internal static partial nint adamw_step(OptimizerHandle optimizer);
    [LibraryImport(Library)] internal static partial nint adamw_zero_grad(OptimizerHandle optimizer);
    [LibraryImport(Library)] internal static partial nint adamw_get_state(OptimizerHandle optimizer, int index, out long step, out TensorHandle exp_avg, out TensorHandle exp_avg_sq);
    [LibraryImport(Library)] internal static partial nint adamw_set_state(OptimizerHandle optimizer, int index, long step, TensorHandle exp_avg, TensorHandle exp_avg_sq);
    [LibraryImport(Library)] internal static partial nint adamw_set_lr(OptimizerHandle optimizer, double lr);
    [LibraryImport(Library)] internal static partial int grad_mode_is_enabled();
    [LibraryImport(Library)] internal static partial void grad_mode_set_enabled(int enabled);
    [LibraryImport(Library)] internal static partial int inference_mode_is_enabled();
    [LibraryImport(Library)] internal static partial nint inference_mode_enter(int enabled);
    [LibraryImport(Library)] internal static partial void inference_mode_leave(nint guard);
    [LibraryImport(Library)] internal static partial int torch_get_num_threads();
    [LibraryImport(Library)] internal static partial nint torch_version();
    [LibraryImport(Library)] internal static partial void adamw_free(nint optimizer);
}
