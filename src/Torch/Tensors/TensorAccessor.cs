namespace EchoClr.Torch.Utils;

/// <summary>The elements of a tensor, copied out.</summary>
public sealed class TensorAccessor<T> where T : unmanaged
{
    private readonly T[] elements;

    internal TensorAccessor(T[] elements) => this.elements = elements;

    public long Count => elements.Length;

    public T[] ToArray() => elements;

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0) => elements.AsSpan((int)tensorIndex).CopyTo(array[arrayIndex..]);
}
