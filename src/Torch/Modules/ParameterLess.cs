using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>max(x, 0).</summary>
public sealed class ReLU : nn.Module<Tensor, Tensor>
{
    internal ReLU(bool inplace) : base(nameof(ReLU)) => this.inplace = inplace;

    public bool inplace { get; }

    public override Tensor forward(Tensor input) => nn.functional.relu(input, inplace);
}

/// <summary>Averages (T, H, W) down to a fixed size.</summary>
public sealed class AdaptiveAvgPool3d : nn.Module<Tensor, Tensor>
{
    internal AdaptiveAvgPool3d((long, long, long) output_size) : base(nameof(AdaptiveAvgPool3d)) =>
        this.output_size = [output_size.Item1, output_size.Item2, output_size.Item3];

    public long[] output_size { get; }

    public override Tensor forward(Tensor input) => nn.functional.adaptive_avg_pool3d(input, output_size);
}

/// <summary>Zeroes elements with probability <see cref="p"/> while training and scales the others up.</summary>
public sealed class Dropout : nn.Module<Tensor, Tensor>
{
    internal Dropout(double p) : base(nameof(Dropout)) => this.p = p;

    public double p { get; }

    public override Tensor forward(Tensor input) => nn.functional.dropout(input, p, training);
}
