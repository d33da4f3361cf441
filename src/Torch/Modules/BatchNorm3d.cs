using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>Batch normalisation over (N, T, H, W) per channel, affine, with running statistics.</summary>
public sealed class BatchNorm3d : nn.Module<Tensor, Tensor>
{
    internal BatchNorm3d(long num_features, double eps, double momentum) : base(nameof(BatchNorm3d))
    {
        this.eps = eps;
        this.momentum = momentum;
        using Tensor one = ones([num_features]);
        using Tensor zero = zeros([num_features]);
        weight = new Parameter(one);
        bias = new Parameter(zero);
        running_mean = zeros([num_features]);
        running_var = ones([num_features]);
        num_batches_tracked = zeros([], ScalarType.Int64);
        register_parameter(nameof(weight), weight);
        register_parameter(nameof(bias), bias);
        register_buffer(nameof(running_mean), running_mean);
        register_buffer(nameof(running_var), running_var);
        register_buffer(nameof(num_batches_tracked), num_batches_tracked);
    }

    public double eps { get; }

    public double momentum { get; }

    public Parameter weight { get; }

    public Parameter bias { get; }

    public Tensor running_mean { get; }

    public Tensor running_var { get; }

    public Tensor num_batches_tracked { get; }

    public override Tensor forward(Tensor input)
    {
        if (training)
            num_batches_tracked.add_(1);
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps);
    }
}
