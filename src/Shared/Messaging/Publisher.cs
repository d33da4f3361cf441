using EchoClr.Shared.Tracing;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace EchoClr.Shared.Messaging;

/// <summary>Publishes right after a commit. It never fails the work that it follows: a message that could not be published is the reconciler's to bring.</summary>
public sealed class Publisher(IBus bus, BusOptions options, TimeProvider time, ILogger<Publisher> logger)
{
    /// <summary>Between two attempts: a broker's restart takes seconds, and the caller waits.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>After giving up, how long nothing is tried: a broker that is down must not cost every study that completes meanwhile a full set of attempts.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private long _restsUntil = long.MinValue;

    /// <summary>True when the broker confirmed it.</summary>
    public async Task<bool> PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        if (time.GetUtcNow().UtcTicks < Volatile.Read(ref _restsUntil))
            return false;
        using var step = Steps.Start(Steps.Publish);
        for (var attempt = 1; ; attempt++)
        {
            using var deadline = new CancellationTokenSource(options.PublishTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            try
            {
                await bus.Publish(message, either.Token);
                return true;
            }
            // Whatever the transport throws (time-out, closed channel, refused connection), the answer is the same.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt >= options.PublishAttempts)
                {
                    MessagingLog.NotPublished(logger, typeof(T).Name, attempt, exception.Message);
                    Volatile.Write(ref _restsUntil, (time.GetUtcNow() + Rest).UtcTicks);
                    return false;
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
