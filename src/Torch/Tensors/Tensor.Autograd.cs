namespace EchoClr.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get
            {
                TorchException.ThrowIf(Native.tensor_requires_grad(Safe, out int requires));
                return requires != 0;
            }
            set => TorchException.ThrowIf(Native.tensor_set_requires_grad(Safe, value ? 1 : 0));
        }

        /// <summary>The gradient that <see cref="backward"/> left, or null.</summary>
        public Tensor? grad
        {
            get
            {
                TorchException.ThrowIf(Native.tensor_grad(Safe, out TensorHandle result));
                return result.IsInvalid ? null : new Tensor(result);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public void retain_grad() => TorchException.ThrowIf(Native.tensor_retain_grad(Safe));

        public Tensor detach() => From(Native.tensor_detach(Safe, out TensorHandle result), result);

        public void backward() => TorchException.ThrowIf(Native.tensor_backward(Safe));

        internal void ClearGrad() => TorchException.ThrowIf(Native.tensor_clear_grad(Safe));
    }
}
