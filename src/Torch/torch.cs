using System.Runtime.InteropServices;

namespace EchoClr.Torch;

public static partial class torch
{
    /// <summary>The version of the libtorch that the shim was built for.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.torch_version()) ?? "";

    public static void manual_seed(long seed) => TorchException.ThrowIf(Native.torch_manual_seed(seed));

    public static void set_num_threads(int num) => TorchException.ThrowIf(Native.torch_set_num_threads(num));

    public static int get_num_threads() => Native.torch_get_num_threads();

    public static DisposeScope NewDisposeScope() => new();

    /// <summary>No gradients are recorded on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static bool is_grad_enabled() => Native.grad_mode_is_enabled() != 0;

    /// <summary>As <see cref="no_grad"/>, and without version counters: tensors made here can never take part in autograd.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.inference_mode_is_enabled() != 0;

    private sealed class GradMode : IDisposable
    {
        private readonly bool before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.grad_mode_set_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.grad_mode_set_enabled(before ? 1 : 0);
    }

    private sealed class InferenceMode(bool mode) : IDisposable
    {
        // The guard belongs to the thread that made it, so a finalizer must not free it: an undisposed guard is a leak, not a crash.
        private nint guard = Native.inference_mode_enter(mode ? 1 : 0);

        public void Dispose()
        {
            nint held = guard;
            guard = 0;
            if (held != 0)
                Native.inference_mode_leave(held);
        }
    }
}
