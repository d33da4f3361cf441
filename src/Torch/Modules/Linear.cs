using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>y = x Wᵀ + b.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long in_features, long out_features, bool hasBias) : base(nameof(Linear))
    {
        this.in_features = in_features;
        this.out_features = out_features;
        using Tensor initial = nn.init.kaiming_uniform_(empty([out_features, in_features]), a: Math.Sqrt(5));
        weight = new Parameter(initial);
        register_parameter(nameof(weight), weight);
        if (!hasBias)
            return;
        double bound = 1 / Math.Sqrt(in_features);
        using Tensor initialBias = nn.init.uniform_(empty([out_features]), -bound, bound);
        bias = new Parameter(initialBias);
        register_parameter(nameof(bias), bias);
    }

    public long in_features { get; }

    public long out_features { get; }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}
