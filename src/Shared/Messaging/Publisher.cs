using MassTransit;
using Microsoft.Extensions.Logging;

namespace EchoClr.Shared.Messaging;

/// <summary>Publishes right after a commit. It never fails the work that it follows: a message that could not be published is the reconciler's to bring.</summary>
public sealed class Publisher(IBus bus, BusOptions options, TimeProvider time, ILogger<Publisher> logger)
{
    /// <summary>Between two attempts: a broker's restart takes seconds, and the caller waits.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>True when the broker confirmed it.</summary>
    public async Task<bool> PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(options.PublishTimeout);
            try
            {
                await bus.Publish(message, deadline.Token);
                return true;
            }
            // Whatever the transport throws (time-out, closed channel, refused connection), the answer is the same.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt >= options.PublishAttempts)
                {
                    MessagingLog.NotPublished(logger, typeof(T).Name, attempt, exception.Message);
                    return false;
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
