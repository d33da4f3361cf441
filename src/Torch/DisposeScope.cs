namespace EchoClr.Torch;

/// <summary>
/// Disposes the tensors made on its thread while it is the innermost scope: one per training step or inference call keeps
/// native memory flat without a <c>using</c> on every intermediate. Use and dispose it on one thread, without an await between.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? current;

    private readonly DisposeScope? outer;
    private readonly HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope()
    {
        outer = current;
        current = this;
    }

    public int DisposablesCount => disposables.Count;

    internal static DisposeScope? Current => current;

    internal void Add(IDisposable disposable) => disposables.Add(disposable);

    internal void Remove(IDisposable disposable) => disposables.Remove(disposable);

    /// <summary>Hands an object to the enclosing scope; without one, to the caller.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Hand(disposable, outer);
        return disposable;
    }

    /// <summary>Takes an object out of all scopes: the caller disposes it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        Hand(disposable, null);
        return disposable;
    }

    public void Dispose()
    {
        if (current == this)
            current = outer;
        foreach (IDisposable disposable in disposables.ToArray())
            disposable.Dispose();
        disposables.Clear();
    }

    internal DisposeScope? Outer => outer;

    private void Hand(IDisposable disposable, DisposeScope? target)
    {
        Remove(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.Scope = target;
        target?.Add(disposable);
    }
}
