using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>3D convolution over (N, C, T, H, W), zero padded.</summary>
public sealed class Conv3d : nn.Module<Tensor, Tensor>
{
    internal Conv3d(
        long in_channels, long out_channels, (long, long, long) kernel_size, (long, long, long) stride, (long, long, long) padding,
        (long, long, long) dilation, long groups, bool bias) : base(nameof(Conv3d))
    {
        this.stride = Array(stride);
        this.padding = Array(padding);
        this.dilation = Array(dilation);
        this.groups = groups;

        using Tensor initial = nn.init.kaiming_uniform_(empty([out_channels, in_channels / groups, .. Array(kernel_size)]), a: Math.Sqrt(5));
        weight = new Parameter(initial);
        register_parameter(nameof(weight), weight);
        if (!bias)
            return;
        double bound = 1 / Math.Sqrt(nn.init.Fan(initial, nn.init.FanInOut.FanIn));
        using Tensor initialBias = nn.init.uniform_(empty([out_channels]), -bound, bound);
        this.bias = new Parameter(initialBias);
        register_parameter(nameof(bias), this.bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public long[] stride { get; }

    public long[] padding { get; }

    public long[] dilation { get; }

    public long groups { get; }

    public override Tensor forward(Tensor input) => nn.functional.conv3d(input, weight, bias, stride, padding, dilation, groups);

    private static long[] Array((long, long, long) size) => [size.Item1, size.Item2, size.Item3];
}
