using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), libtorch's own.</summary>
public sealed class AdamW : optim.Optimizer, optim.ILearningRateController
{
    private readonly OptimizerHandle handle;
    private double learningRate;

    internal AdamW(IEnumerable<Parameter> parameters, double lr, double beta1, double beta2, double eps, double weight_decay, bool amsgrad)
    {
        using var handles = new HandleList(parameters);
        TorchException.ThrowIf(Native.adamw_new(handles.Pointers, handles.Count, lr, beta1, beta2, eps, weight_decay, amsgrad ? 1 : 0, out handle));
        learningRate = lr;
        InitialLearningRate = lr;
        ParamGroups = [this];
    }

    public override IEnumerable<optim.ILearningRateController> ParamGroups { get; }

    public double InitialLearningRate { get; set; }

    public double LearningRate
    {
        get => learningRate;
        set
        {
            TorchException.ThrowIf(Native.adamw_set_lr(handle, value));
            learningRate = value;
        }
    }

    public override void zero_grad() => TorchException.ThrowIf(Native.adamw_zero_grad(handle));

    public override void step() => TorchException.ThrowIf(Native.adamw_step(handle));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
    }
}
