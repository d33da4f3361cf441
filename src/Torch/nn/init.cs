namespace EchoClr.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's <c>torch.nn.init</c>: fill a tensor in place, outside autograd.</summary>
        public static class init
        {
            public enum FanInOut
            {
                FanIn,
                FanOut,
            }

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using IDisposable quiet = no_grad();
                return tensor.fill_(val);
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1)
            {
                using IDisposable quiet = no_grad();
                return tensor.normal_(mean, std);
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1)
            {
                using IDisposable quiet = no_grad();
                return tensor.uniform_(low, high);
            }

            /// <summary>He initialisation for leaky ReLU of slope <paramref name="a"/>; slope 0 is ReLU.</summary>
            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn) =>
                normal_(tensor, 0, Gain(a) / Math.Sqrt(Fan(tensor, mode)));

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn)
            {
                double bound = Math.Sqrt(3) * Gain(a) / Math.Sqrt(Fan(tensor, mode));
                return uniform_(tensor, -bound, bound);
            }

            internal static double Fan(Tensor tensor, FanInOut mode)
            {
                long[] shape = tensor.shape; // (out, in, kernel…)
                long receptiveField = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return shape[mode == FanInOut.FanIn ? 1 : 0] * receptiveField;
            }

            private static double Gain(double slope) => Math.Sqrt(2 / (1 + slope * slope));
        }
    }
}
