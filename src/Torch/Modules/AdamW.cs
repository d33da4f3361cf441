using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), libtorch's own.</summary>
public sealed class AdamW : optim.Optimizer, optim.ILearningRateController
{
    private readonly OptimizerHandle handle;
    private readonly int count;
    private double learningRate;

    internal AdamW(IEnumerable<Parameter> parameters, double lr, double beta1, double beta2, double eps, double weight_decay, bool amsgrad)
    {
        using var handles = new HandleList(parameters);
        TorchException.ThrowIf(Native.adamw_new(handles.Pointers, handles.Count, lr, beta1, beta2, eps, weight_decay, amsgrad ? 1 : 0, out handle));
        count = handles.Count;
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

    public override optim.StateDictionary state_dict()
    {
        var states = new List<optim.OptimizerState?>(count);
        for (int i = 0; i < count; i++)
        {
            TorchException.ThrowIf(Native.adamw_get_state(handle, i, out long step, out TensorHandle average, out TensorHandle square));
            if (step < 0)
            {
                states.Add(null);
                continue;
            }
            using var own = new Tensor(average);
            using var ownSquare = new Tensor(square);
            states.Add(new State(step, own.clone().DetachFromDisposeScope(), ownSquare.clone().DetachFromDisposeScope()));
        }
        return new optim.StateDictionary(states);
    }

    public override void load_state_dict(optim.StateDictionary state_dict)
    {
        if (state_dict.State.Count != count)
            throw new InvalidOperationException($"the state is of {state_dict.State.Count} parameters, the optimiser has {count}");
        for (int i = 0; i < count; i++)
        {
            if (state_dict.State[i] is State state)
                TorchException.ThrowIf(Native.adamw_set_state(handle, i, state.step, state.exp_avg.Safe, state.exp_avg_sq.Safe));
        }
    }

    /// <summary>Steps taken, and the running means of a parameter's gradient and of its square.</summary>
    public sealed class State(long step, Tensor exp_avg, Tensor exp_avg_sq) : optim.OptimizerState
    {
        public long step { get; } = step;

        public Tensor exp_avg { get; } = exp_avg;

        public Tensor exp_avg_sq { get; } = exp_avg_sq;

        protected override void Dispose(bool disposing)
        {
            if (!disposing)
                return;
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
    }
}
