// The functions of torch.nn.functional that the networks and losses call.
#include "shim.h"

SHIM_API Error nn_conv3d(Handle input, Handle weight, Handle bias, const int64_t* stride, const int64_t* padding, const int64_t* dilation, int64_t groups, Handle* result) {
    return returning(result, [&] { return at::conv3d(*input, *weight, optional(bias), dims(stride, 3), dims(padding, 3), dims(dilation, 3), groups); });
}
SHIM_API Error nn_batch_norm(Handle input, Handle running_mean, Handle running_var, Handle weight, Handle bias, int32_t training, double momentum, double eps, Handle* result) {
    return returning(result, [&] {
        return at::batch_norm(*input, optional(weight), optional(bias), optional(running_mean), optional(running_var), training != 0, momentum, eps, false);
    });
}
SHIM_API Error nn_linear(Handle input, Handle weight, Handle bias, Handle* result) {
    return returning(result, [&] { return at::linear(*input, *weight, optional(bias)); });
}
SHIM_API Error nn_dropout(Handle input, double p, int32_t training, Handle* result) {
    return returning(result, [&] { return at::dropout(*input, p, training != 0); });
}
SHIM_API Error nn_adaptive_avg_pool3d(Handle input, const int64_t* output_size, Handle* result) {
    return returning(result, [&] { return at::adaptive_avg_pool3d(*input, dims(output_size, 3)); });
}
SHIM_API Error nn_upsample_trilinear3d(Handle input, const int64_t* size, int32_t align_corners, Handle* result) {
    return returning(result, [&] { return at::upsample_trilinear3d(*input, dims(size, 3), align_corners != 0); });
}
SHIM_API Error nn_softmax(Handle input, int64_t dim, int32_t dtype, Handle* result) {
    return returning(result, [&] { return at::softmax(*input, dim, optional_type(dtype)); });
}
SHIM_API Error nn_log_softmax(Handle input, int64_t dim, int32_t dtype, Handle* result) {
    return returning(result, [&] { return at::log_softmax(*input, dim, optional_type(dtype)); });
}
SHIM_API Error nn_binary_cross_entropy_with_logits(Handle input, Handle target, Handle weight, Handle pos_weights, int64_t reduction, Handle* result) {
    return returning(result, [&] { return at::binary_cross_entropy_with_logits(*input, *target, optional(weight), optional(pos_weights), reduction); });
}
SHIM_API Error nn_cross_entropy(Handle input, Handle target, Handle weight, int64_t ignore_index, int64_t reduction, double label_smoothing, Handle* result) {
    return returning(result, [&] { return at::cross_entropy_loss(*input, *target, optional(weight), reduction, ignore_index, label_smoothing); });
}
