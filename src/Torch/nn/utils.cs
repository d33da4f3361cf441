using EchoClr.Torch.Modules;

namespace EchoClr.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's <c>torch.nn.utils</c>.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients so that their joint norm is at most <paramref name="max_norm"/>; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var handles = new HandleList(tensors);
                TorchException.ThrowIf(Native.clip_grad_norm(handles.Pointers, handles.Count, max_norm, norm_type, out double norm));
                return norm;
            }
        }
    }
}
