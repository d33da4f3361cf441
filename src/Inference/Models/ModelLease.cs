namespace EchoClr.Inference.Models;

/// <summary>A share in loaded models; the networks are freed when the last share is disposed.</summary>
public sealed class ModelLease : IDisposable
{
    private readonly Shares _shares;
    private bool _disposed;

    public ModelLease(LoadedModels models) : this(models, new Shares())
    {
    }

    private ModelLease(LoadedModels models, Shares shares)
    {
        (Models, _shares) = (models, shares);
        Interlocked.Increment(ref _shares.Count);
    }

    public LoadedModels Models { get; }

    internal ModelLease Share() => new(Models, _shares);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (Interlocked.Decrement(ref _shares.Count) == 0)
            Models.Dispose();
    }

    private sealed class Shares
    {
        public int Count;
    }
}
