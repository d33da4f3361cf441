namespace EchoClr.App;

/// <summary><see cref="System.Progress{T}"/> reports later, on another thread: its last report could come after the command's own words.</summary>
internal sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
