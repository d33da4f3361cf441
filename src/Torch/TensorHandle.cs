using System.Runtime.InteropServices;

namespace EchoClr.Torch;

/// <summary>Owns one native tensor reference. libtorch's reference counts are atomic, so the finalizer's thread may free it.</summary>
internal sealed class TensorHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <summary>Stands for an optional tensor that is not given.</summary>
    internal static readonly TensorHandle None = new();

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.tensor_free(handle);
        return true;
    }
}

/// <summary>Owns a native AdamW optimiser.</summary>
internal sealed class OptimizerHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.adamw_free(handle);
        return true;
    }
}

/// <summary>Holds a list of tensors alive while native code reads their pointers.</summary>
internal readonly struct HandleList : IDisposable
{
    private readonly TensorHandle[] handles;

    internal HandleList(IEnumerable<torch.Tensor> tensors)
    {
        handles = [.. tensors.Select(tensor => tensor.Safe)];
        Pointers = new nint[handles.Length];
        for (int i = 0; i < handles.Length; i++)
        {
            bool added = false;
            handles[i].DangerousAddRef(ref added);
            Pointers[i] = handles[i].DangerousGetHandle();
        }
    }

    internal nint[] Pointers { get; }

    internal int Count => handles.Length;

    public void Dispose()
    {
        foreach (TensorHandle handle in handles)
            handle.DangerousRelease();
    }
}
