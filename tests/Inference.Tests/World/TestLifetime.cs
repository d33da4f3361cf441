using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.World;

/// <summary>A host that stops when a test says so.</summary>
internal sealed class TestLifetime : IHostApplicationLifetime
{
    private CancellationTokenSource _stopping = new();

    public CancellationToken ApplicationStarted => CancellationToken.None;
    public CancellationToken ApplicationStopping => _stopping.Token;
    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication() => _stopping.Cancel();

    /// <summary>The next life of the process.</summary>
    public void StartAgain() => _stopping = new CancellationTokenSource();
}
