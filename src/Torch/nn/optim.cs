using EchoClr.Torch.Modules;

namespace EchoClr.Torch;

public static partial class torch
{
    /// <summary>PyTorch's <c>torch.optim</c>.</summary>
    public static class optim
    {
        /// <summary>A group of parameters whose learning rate a schedule sets.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        /// <summary>What an optimiser remembers of one parameter.</summary>
        public abstract class OptimizerState : IDisposable
        {
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected abstract void Dispose(bool disposing);
        }

        public abstract class Optimizer : IDisposable
        {
            /// <summary>A copy of what is remembered of each parameter, in their order; null for one that has had no gradient yet. The caller disposes it.</summary>
            public abstract StateDictionary state_dict();

            /// <summary>Goes on where the optimiser of the dictionary was. Learning rates are not in it: a schedule sets them.</summary>
            public abstract void load_state_dict(StateDictionary state_dict);

            public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

            public abstract void zero_grad();

            public abstract void step();

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected abstract void Dispose(bool disposing);
        }

        public sealed record StateDictionary(IReadOnlyList<OptimizerState?> State);

        public static AdamW AdamW(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0,
            bool amsgrad = false) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad);
    }
}
