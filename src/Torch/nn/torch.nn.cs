using EchoClr.Torch.Modules;

namespace EchoClr.Torch;

public static partial class torch
{
    /// <summary>PyTorch's <c>torch.nn</c>.</summary>
    public static partial class nn
    {
        public enum Reduction
        {
            None,
            Mean,
            Sum,
        }

        public static Conv3d Conv3d(
            long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null,
            (long, long, long)? dilation = null, long groups = 1, bool bias = true) =>
            new(in_channels, out_channels, kernel_size, stride ?? (1, 1, 1), padding ?? (0, 0, 0), dilation ?? (1, 1, 1), groups, bias);

        public static Conv3d Conv3d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool bias = true) =>
            new(in_channels, out_channels, Cube(kernel_size), Cube(stride), Cube(padding), Cube(dilation), groups, bias);

        public static BatchNorm3d BatchNorm3d(long num_features, double eps = 1E-05, double momentum = 0.1) => new(num_features, eps, momentum);

        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true) => new(inputSize, outputSize, hasBias);

        public static ReLU ReLU(bool inplace = false) => new(inplace);

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d(long output_size) => new(Cube(output_size));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d((long, long, long) output_size) => new(output_size);

        public static Dropout Dropout(double p = 0.5) => new(p);

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

        public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

        private static (long, long, long) Cube(long size) => (size, size, size);
    }
}
