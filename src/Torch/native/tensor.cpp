// Tensors: life and death, factories, data, views, arithmetic, comparisons, reductions.
#include "shim.h"

std::atomic<int64_t> live_tensors{0};
std::atomic<int64_t> peak_tensors{0};

SHIM_API void error_free(Error error) { free(const_cast<char*>(error)); }
SHIM_API void tensor_free(Handle tensor) {
    delete tensor;
    --live_tensors;
}
SHIM_API int64_t tensor_live_count() { return live_tensors; }
SHIM_API int64_t tensor_peak_count() { return peak_tensors; }

// ---- factories (CPU; a dtype is c10::ScalarType's number)

static at::TensorOptions options(int32_t dtype, int32_t requires_grad) {
    return at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).requires_grad(requires_grad != 0);
}

SHIM_API Error tensor_empty(const int64_t* size, int32_t count, int32_t dtype, int32_t requires_grad, Handle* result) {
    return returning(result, [&] { return at::empty(dims(size, count), options(dtype, 0)).requires_grad_(requires_grad != 0); });
}
SHIM_API Error tensor_full(const int64_t* size, int32_t count, ScalarValue value, int32_t dtype, int32_t requires_grad, Handle* result) {
    return returning(result, [&] { return at::full(dims(size, count), scalar(value), options(dtype, 0)).requires_grad_(requires_grad != 0); });
}
SHIM_API Error tensor_rand(const int64_t* size, int32_t count, int32_t dtype, int32_t requires_grad, Handle* result) {
    return returning(result, [&] { return at::rand(dims(size, count), options(dtype, 0)).requires_grad_(requires_grad != 0); });
}
SHIM_API Error tensor_randn(const int64_t* size, int32_t count, int32_t dtype, int32_t requires_grad, Handle* result) {
    return returning(result, [&] { return at::randn(dims(size, count), options(dtype, 0)).requires_grad_(requires_grad != 0); });
}
SHIM_API Error tensor_randint(int64_t low, int64_t high, const int64_t* size, int32_t count, int32_t dtype, Handle* result) {
    return returning(result, [&] { return at::randint(low, high, dims(size, count), options(dtype, 0)); });
}
SHIM_API Error tensor_arange(ScalarValue start, ScalarValue stop, ScalarValue step, int32_t dtype, Handle* result) {
    return returning(result, [&] {
        auto type = optional_type(dtype);
        return at::arange(scalar(start), scalar(stop), scalar(step), type ? at::TensorOptions().dtype(*type) : at::TensorOptions());
    });
}
// Copies: the managed array may move or die.
SHIM_API Error tensor_from_bytes(const void* data, int64_t bytes, const int64_t* size, int32_t count, int32_t dtype, Handle* result) {
    return returning(result, [&] {
        auto tensor = at::empty(dims(size, count), options(dtype, 0));
        TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "the shape wants ", tensor.nbytes(), " bytes, the data has ", bytes);
        if (bytes > 0)
            std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
        return tensor;
    });
}
SHIM_API Error tensor_to_bytes(Handle tensor, void* data, int64_t bytes) {
    return guarded([&] {
        auto source = tensor->detach().cpu().contiguous();
        TORCH_CHECK(static_cast<int64_t>(source.nbytes()) == bytes, "the tensor has ", source.nbytes(), " bytes, the target ", bytes);
        if (bytes > 0)
            std::memcpy(data, source.data_ptr(), static_cast<size_t>(bytes));
    });
}

// ---- what a tensor is

SHIM_API Error tensor_dtype(Handle tensor, int32_t* result) {
    return guarded([&] { *result = static_cast<int32_t>(tensor->scalar_type()); });
}
SHIM_API Error tensor_ndim(Handle tensor, int64_t* result) {
    return guarded([&] { *result = tensor->dim(); });
}
SHIM_API Error tensor_shape(Handle tensor, int64_t* result, int32_t count) {
    return guarded([&] {
        auto sizes = tensor->sizes();
        TORCH_CHECK(static_cast<size_t>(count) == sizes.size(), "shape of ", sizes.size(), " dimensions into ", count);
        std::copy(sizes.begin(), sizes.end(), result);
    });
}
SHIM_API Error tensor_is_contiguous(Handle tensor, int32_t* result) {
    return guarded([&] { *result = tensor->is_contiguous(); });
}
SHIM_API Error tensor_is_leaf(Handle tensor, int32_t* result) {
    return guarded([&] { *result = tensor->is_leaf(); });
}

// ---- copies and views

SHIM_API Error tensor_to_type(Handle tensor, int32_t dtype, int32_t copy, Handle* result) {
    return returning(result, [&] { return tensor->to(static_cast<at::ScalarType>(dtype), false, copy != 0); });
}
SHIM_API Error tensor_reshape(Handle tensor, const int64_t* size, int32_t count, Handle* result) {
    return returning(result, [&] { return tensor->reshape(dims(size, count)); });
}
SHIM_API Error tensor_view(Handle tensor, const int64_t* size, int32_t count, Handle* result) {
    return returning(result, [&] { return tensor->view(dims(size, count)); });
}
SHIM_API Error tensor_expand(Handle tensor, const int64_t* size, int32_t count, Handle* result) {
    return returning(result, [&] { return tensor->expand(dims(size, count)); });
}
SHIM_API Error tensor_permute(Handle tensor, const int64_t* order, int32_t count, Handle* result) {
    return returning(result, [&] { return tensor->permute(dims(order, count)); });
}
SHIM_API Error tensor_flatten(Handle tensor, int64_t start, int64_t end, Handle* result) {
    return returning(result, [&] { return tensor->flatten(start, end); });
}
SHIM_API Error tensor_transpose(Handle tensor, int64_t dim0, int64_t dim1, Handle* result) {
    return returning(result, [&] { return tensor->transpose(dim0, dim1); });
}
SHIM_API Error tensor_unsqueeze(Handle tensor, int64_t dim, Handle* result) {
    return returning(result, [&] { return tensor->unsqueeze(dim); });
}
SHIM_API Error tensor_squeeze(Handle tensor, int64_t dim, int32_t all, Handle* result) {
    return returning(result, [&] { return all != 0 ? tensor->squeeze() : tensor->squeeze(dim); });
}
SHIM_API Error tensor_select(Handle tensor, int64_t dim, int64_t index, Handle* result) {
    return returning(result, [&] { return tensor->select(dim, index); });
}
SHIM_API Error tensor_narrow(Handle tensor, int64_t dim, int64_t start, int64_t length, Handle* result) {
    return returning(result, [&] { return tensor->narrow(dim, start, length); });
}
SHIM_API Error tensor_index_select(Handle tensor, int64_t dim, Handle index, Handle* result) {
    return returning(result, [&] { return tensor->index_select(dim, *index); });
}
SHIM_API Error tensor_contiguous(Handle tensor, Handle* result) {
    return returning(result, [&] { return tensor->contiguous(); });
}
SHIM_API Error tensor_clone(Handle tensor, Handle* result) {
    return returning(result, [&] { return tensor->clone(); });
}
SHIM_API Error tensor_alias(Handle tensor, Handle* result) {
    return returning(result, [&] { return *tensor; });
}
SHIM_API Error tensor_cat(const Handle* tensors, int32_t count, int64_t dim, Handle* result) {
    return returning(result, [&] { return at::cat(list(tensors, count), dim); });
}
SHIM_API Error tensor_stack(const Handle* tensors, int32_t count, int64_t dim, Handle* result) {
    return returning(result, [&] { return at::stack(list(tensors, count), dim); });
}

// ---- arithmetic

#define UNARY(name)                                                                                                    \
    SHIM_API Error tensor_##name(Handle tensor, Handle* result) {                                                      \
        return returning(result, [&] { return tensor->name(); });                                                      \
    }
#define BINARY(name)                                                                                                   \
    SHIM_API Error tensor_##name(Handle left, Handle right, Handle* result) {                                          \
        return returning(result, [&] { return left->name(*right); });                                                  \
    }                                                                                                                  \
    SHIM_API Error tensor_##name##_scalar(Handle left, ScalarValue right, Handle* result) {                            \
        return returning(result, [&] { return left->name(scalar(right)); });                                           \
    }

UNARY(neg)
UNARY(abs)
UNARY(exp)
UNARY(log)
UNARY(sqrt)
UNARY(relu)
UNARY(relu_)
UNARY(sigmoid)
UNARY(isfinite)
UNARY(zero_)
UNARY(detach)

BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(pow)
BINARY(add_)
BINARY(sub_)
BINARY(mul_)
BINARY(div_)
BINARY(eq)
BINARY(ne)
BINARY(lt)
BINARY(le)
BINARY(gt)
BINARY(ge)

SHIM_API Error tensor_matmul(Handle left, Handle right, Handle* result) {
    return returning(result, [&] { return left->matmul(*right); });
}
SHIM_API Error tensor_clamp(Handle tensor, const ScalarValue* min, const ScalarValue* max, Handle* result) {
    return returning(result, [&] {
        auto bound = [](const ScalarValue* value) { return value == nullptr ? c10::nullopt : c10::optional<at::Scalar>(scalar(*value)); };
        return tensor->clamp(bound(min), bound(max));
    });
}
SHIM_API Error tensor_copy_(Handle tensor, Handle source, Handle* result) {
    return returning(result, [&] { return tensor->copy_(*source); });
}
SHIM_API Error tensor_fill_(Handle tensor, ScalarValue value, Handle* result) {
    return returning(result, [&] { return tensor->fill_(scalar(value)); });
}
SHIM_API Error tensor_normal_(Handle tensor, double mean, double std, Handle* result) {
    return returning(result, [&] { return tensor->normal_(mean, std); });
}
SHIM_API Error tensor_uniform_(Handle tensor, double from, double to, Handle* result) {
    return returning(result, [&] { return tensor->uniform_(from, to); });
}

// ---- reductions (no dimensions: over all)

SHIM_API Error tensor_sum(Handle tensor, const int64_t* over, int32_t count, int32_t keepdim, int32_t dtype, Handle* result) {
    return returning(result, [&] {
        return count == 0 ? tensor->sum(optional_type(dtype)) : tensor->sum(dims(over, count), keepdim != 0, optional_type(dtype));
    });
}
SHIM_API Error tensor_mean(Handle tensor, const int64_t* over, int32_t count, int32_t keepdim, int32_t dtype, Handle* result) {
    return returning(result, [&] {
        return count == 0 ? tensor->mean(optional_type(dtype)) : tensor->mean(dims(over, count), keepdim != 0, optional_type(dtype));
    });
}
SHIM_API Error tensor_amax(Handle tensor, const int64_t* over, int32_t count, int32_t keepdim, Handle* result) {
    return returning(result, [&] { return tensor->amax(dims(over, count), keepdim != 0); });
}
SHIM_API Error tensor_amin(Handle tensor, const int64_t* over, int32_t count, int32_t keepdim, Handle* result) {
    return returning(result, [&] { return tensor->amin(dims(over, count), keepdim != 0); });
}
SHIM_API Error tensor_std(Handle tensor, int32_t unbiased, Handle* result) {
    return returning(result, [&] { return tensor->std(unbiased != 0); });
}
SHIM_API Error tensor_argmax(Handle tensor, int64_t dim, int32_t all, int32_t keepdim, Handle* result) {
    return returning(result, [&] { return all != 0 ? tensor->argmax() : tensor->argmax(dim, keepdim != 0); });
}
SHIM_API Error tensor_all(Handle tensor, Handle* result) {
    return returning(result, [&] { return tensor->all(); });
}
SHIM_API Error tensor_any(Handle tensor, Handle* result) {
    return returning(result, [&] { return tensor->any(); });
}
SHIM_API Error tensor_allclose(Handle left, Handle right, double rtol, double atol, int32_t equal_nan, int32_t* result) {
    return guarded([&] { *result = left->allclose(*right, rtol, atol, equal_nan != 0); });
}
