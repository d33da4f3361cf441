// The rules of the shim, in one place.
//
//  - A tensor crosses the border as an opaque pointer to an at::Tensor on the heap. Who receives one frees it with
//    tensor_free. live_tensors counts them.
//  - Every call returns null, or the text of libtorch's error, which the caller frees with error_free. No exception
//    leaves this library. Results go through the last parameter and are untouched on error.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#define SHIM_API extern "C" __attribute__((visibility("default")))

using Handle = at::Tensor*;
using Error = const char*;

// A number with its kind, so that type promotion works as in Python: int64 tensor * 2 stays int64.
struct ScalarValue {
    double real;
    int64_t integer;
    int32_t kind; // 0: real, 1: integer, 2: boolean
};

extern std::atomic<int64_t> live_tensors;
extern std::atomic<int64_t> peak_tensors;

inline Error copy_error(const char* text) {
    return strdup(text);
}

inline Handle wrap(at::Tensor tensor) {
    auto* handle = new at::Tensor(std::move(tensor));
    int64_t now = ++live_tensors;
    int64_t peak = peak_tensors.load();
    while (now > peak && !peak_tensors.compare_exchange_weak(peak, now)) {
    }
    return handle;
}

inline at::Scalar scalar(ScalarValue value) {
    switch (value.kind) {
    case 1:
        return at::Scalar(value.integer);
    case 2:
        return at::Scalar(value.integer != 0);
    default:
        return at::Scalar(value.real);
    }
}

inline at::IntArrayRef dims(const int64_t* values, int32_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline std::vector<at::Tensor> list(const Handle* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++)
        tensors.push_back(*handles[i]);
    return tensors;
}

inline c10::optional<at::Tensor> optional(Handle handle) {
    return handle == nullptr ? c10::nullopt : c10::optional<at::Tensor>(*handle);
}

inline c10::optional<at::ScalarType> optional_type(int32_t type) {
    return type < 0 ? c10::nullopt : c10::optional<at::ScalarType>(static_cast<at::ScalarType>(type));
}

template <typename Body> Error guarded(Body body) {
    try {
        body();
        return nullptr;
    } catch (const c10::Error& error) {
        return copy_error(error.what_without_backtrace());
    } catch (const std::exception& error) {
        return copy_error(error.what());
    } catch (...) {
        return copy_error("unknown native error");
    }
}

template <typename Body> Error returning(Handle* result, Body body) {
    return guarded([&] { *result = wrap(body()); });
}
