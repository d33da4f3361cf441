namespace EchoClr.Torch;

public static partial class torch
{
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
    }

    public static partial class nn
    {
        /// <summary>PyTorch's <c>torch.nn.functional</c>.</summary>
        public static class functional
        {
            public static Tensor conv3d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Tensor.From(
                    Native.nn_conv3d(input.Safe, weight.Safe, Tensor.OrNone(bias), strides ?? [1, 1, 1], padding ?? [0, 0, 0], dilation ?? [1, 1, 1], groups, out TensorHandle result),
                    result);

            public static Tensor batch_norm(
                Tensor input, Tensor running_mean, Tensor running_var, Tensor? weight = null, Tensor? bias = null, bool training = false,
                double momentum = 0.1, double eps = 1E-05) =>
                Tensor.From(
                    Native.nn_batch_norm(
                        input.Safe, running_mean.Safe, running_var.Safe, Tensor.OrNone(weight), Tensor.OrNone(bias), training ? 1 : 0, momentum, eps, out TensorHandle result),
                    result);

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.From(Native.nn_linear(input.Safe, weights.Safe, Tensor.OrNone(bias), out TensorHandle result), result);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) =>
                Tensor.From(Native.nn_dropout(input.Safe, p, training ? 1 : 0, out TensorHandle result), result);

            public static Tensor adaptive_avg_pool3d(Tensor input, long[] output_size) =>
                Tensor.From(Native.nn_adaptive_avg_pool3d(input.Safe, output_size, out TensorHandle result), result);

            /// <summary>Resamples (N, C, T, H, W) to <paramref name="size"/> = (T, H, W); trilinear is the one mode bound.</summary>
            public static Tensor interpolate(Tensor x, long[] size, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null) =>
                mode == InterpolationMode.Trilinear
                    ? Tensor.From(Native.nn_upsample_trilinear3d(x.Safe, size, align_corners == true ? 1 : 0, out TensorHandle result), result)
                    : throw new NotSupportedException($"interpolate with {mode} is not bound");

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor binary_cross_entropy_with_logits(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Tensor.From(
                    Native.nn_binary_cross_entropy_with_logits(
                        input.Safe, target.Safe, Tensor.OrNone(weight), Tensor.OrNone(pos_weights), (long)reduction, out TensorHandle result),
                    result);

            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Tensor.From(
                    Native.nn_cross_entropy(input.Safe, target.Safe, Tensor.OrNone(weight), ignore_index, (long)reduction, label_smoothing, out TensorHandle result),
                    result);
        }
    }
}
