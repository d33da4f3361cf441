namespace EchoClr.Torch.Modules;

/// <summary>A tensor that training changes. It shares the data of the tensor it is made from.</summary>
public sealed class Parameter : torch.Tensor
{
    public Parameter(torch.Tensor data, bool requires_grad = true) : base(Share(data)) => this.requires_grad = requires_grad;

    private static TensorHandle Share(torch.Tensor data)
    {
        TorchException.ThrowIf(Native.tensor_detach(data.Safe, out TensorHandle handle));
        return handle;
    }
}
