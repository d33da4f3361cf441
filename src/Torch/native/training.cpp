// Autograd, modes, seeds, threads, gradient clipping and AdamW.
#include "shim.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>
#include <torch/version.h>

// ---- autograd

SHIM_API Error tensor_requires_grad(Handle tensor, int32_t* result) {
    return guarded([&] { *result = tensor->requires_grad(); });
}
SHIM_API Error tensor_set_requires_grad(Handle tensor, int32_t value) {
    return guarded([&] { tensor->requires_grad_(value != 0); });
}
SHIM_API Error tensor_retain_grad(Handle tensor) {
    return guarded([&] { tensor->retain_grad(); });
}
// No gradient yet: result stays null.
SHIM_API Error tensor_grad(Handle tensor, Handle* result) {
    return guarded([&] {
        auto grad = tensor->grad();
        *result = grad.defined() ? wrap(grad) : nullptr;
    });
}
SHIM_API Error tensor_clear_grad(Handle tensor) {
    return guarded([&] { tensor->mutable_grad() = at::Tensor(); });
}
SHIM_API Error tensor_backward(Handle tensor) {
    return guarded([&] { tensor->backward(); });
}

// ---- modes; they belong to the thread that sets them

SHIM_API int32_t grad_mode_is_enabled() { return at::GradMode::is_enabled(); }
SHIM_API void grad_mode_set_enabled(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }
SHIM_API int32_t inference_mode_is_enabled() { return c10::InferenceMode::is_enabled(); }
SHIM_API void* inference_mode_enter(int32_t enabled) { return new c10::InferenceMode(enabled != 0); }
SHIM_API void inference_mode_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- the process

SHIM_API Error torch_manual_seed(int64_t seed) {
    return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
SHIM_API Error torch_set_num_threads(int32_t threads) {
    return guarded([&] { at::set_num_threads(threads); });
}
SHIM_API int32_t torch_get_num_threads() { return at::get_num_threads(); }
SHIM_API const char* torch_version() { return TORCH_VERSION; }
SHIM_API Error torch_use_deterministic_algorithms(int32_t mode, int32_t warn_only) {
    return guarded([&] { at::globalContext().setDeterministicAlgorithms(mode != 0, warn_only != 0); });
}

// ---- optimisation

SHIM_API Error clip_grad_norm(const Handle* parameters, int32_t count, double max_norm, double norm_type, double* result) {
    return guarded([&] { *result = torch::nn::utils::clip_grad_norm_(list(parameters, count), max_norm, norm_type); });
}
SHIM_API Error adamw_new(const Handle* parameters, int32_t count, double lr, double beta1, double beta2, double eps, double weight_decay, int32_t amsgrad, void** result) {
    return guarded([&] {
        auto options = torch::optim::AdamWOptions(lr).betas(std::make_tuple(beta1, beta2)).eps(eps).weight_decay(weight_decay).amsgrad(amsgrad != 0);
        *result = new torch::optim::AdamW(list(parameters, count), options);
    });
}
SHIM_API void adamw_free(void* optimizer) { delete static_cast<torch::optim::AdamW*>(optimizer); }
SHIM_API Error adamw_step(void* optimizer) {
    return guarded([&] { static_cast<torch::optim::AdamW*>(optimizer)->step(); });
}
SHIM_API Error adamw_zero_grad(void* optimizer) {
    return guarded([&] { static_cast<torch::optim::AdamW*>(optimizer)->zero_grad(); });
}
SHIM_API Error adamw_set_lr(void* optimizer, double lr) {
    return guarded([&] {
        for (auto& group : static_cast<torch::optim::AdamW*>(optimizer)->param_groups())
            static_cast<torch::optim::AdamWOptions&>(group.options()).lr(lr);
    });
}

// The state is keyed by parameter: by the text of its address up to libtorch 1.13, by the address since.
static auto adamw_key(const at::Tensor& parameter) {
#if TORCH_VERSION_MAJOR >= 2
    return static_cast<void*>(parameter.unsafeGetTensorImpl());
#else
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
#endif
}
static const at::Tensor& adamw_parameter(torch::optim::AdamW* optimizer, int32_t index) {
    return optimizer->param_groups().at(0).params().at(static_cast<size_t>(index));
}
// No step yet: step is -1 and the moments stay null. The moments are the optimiser's own, not copies.
SHIM_API Error adamw_get_state(void* optimizer, int32_t index, int64_t* step, Handle* exp_avg, Handle* exp_avg_sq) {
    return guarded([&] {
        auto* adamw = static_cast<torch::optim::AdamW*>(optimizer);
        auto found = adamw->state().find(adamw_key(adamw_parameter(adamw, index)));
        *step = -1;
        *exp_avg = *exp_avg_sq = nullptr;
        if (found == adamw->state().end())
            return;
        auto& state = static_cast<torch::optim::AdamWParamState&>(*found->second);
        *step = state.step();
        *exp_avg = wrap(state.exp_avg());
        *exp_avg_sq = wrap(state.exp_avg_sq());
    });
}
SHIM_API Error adamw_set_state(void* optimizer, int32_t index, int64_t step, Handle exp_avg, Handle exp_avg_sq) {
    return guarded([&] {
        auto* adamw = static_cast<torch::optim::AdamW*>(optimizer);
        const auto& parameter = adamw_parameter(adamw, index);
        TORCH_CHECK(exp_avg->sizes() == parameter.sizes() && exp_avg_sq->sizes() == parameter.sizes(), "the moments of parameter ", index, " have another shape");
        auto state = std::make_unique<torch::optim::AdamWParamState>();
        state->step(step);
        state->exp_avg(exp_avg->detach().clone());
        state->exp_avg_sq(exp_avg_sq->detach().clone());
        adamw->state()[adamw_key(parameter)] = std::move(state);
    });
}
