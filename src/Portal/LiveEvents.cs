using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Portal;

/// <summary>Server-sent events for an open page: "something moved", never what. The page then asks for itself anew.</summary>
internal static class LiveEvents
{
    /// <summary>At most one event in so long, however much moves.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(2);

    /// <summary>A line now and then keeps proxies from closing what they take for dead.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);

    /// <param name="nextChange">Ends with the next change after it was called.</param>
    public static async Task SendAsync(HttpContext context, Func<CancellationToken, Task> nextChange, IHostApplicationLifetime life, TimeProvider time)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        // An open stream must not hold up the end of the program.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, life.ApplicationStopping);
        try
        {
            var change = nextChange(ended.Token);
            await context.Response.WriteAsync("retry: 3000\n\n", ended.Token);
            while (true)
            {
                await context.Response.Body.FlushAsync(ended.Token);
                var moved = await Task.WhenAny(change, Task.Delay(Heartbeat, time, ended.Token)) == change;
                ended.Token.ThrowIfCancellationRequested();
                if (moved)
                {
                    await change;
                    change = nextChange(ended.Token); // before the page is told: what moves while it renews itself is told next
                }
                await context.Response.WriteAsync(moved ? "data: moved\n\n" : ": here\n\n", ended.Token);
                if (moved)
                {
                    await context.Response.Body.FlushAsync(ended.Token);
                    await Task.Delay(Gap, time, ended.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or we end.
        }
    }
}
