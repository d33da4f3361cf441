using System.Net;
using EchoClr.App.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace EchoClr.App.Operations;

/// <summary>
/// A role's own small web server: <c>/health</c>, <c>/ready</c>, <c>/metrics</c>. Apart from the portal's, so that every role has one, and it answers while the others start and drain:
/// registered first, it starts before every other service and stops after them.
/// </summary>
internal sealed partial class OperationsEndpoint(
    OperationsOptions options, Roles roles, HealthCheckService checks, MeterProvider meters, IHostApplicationLifetime lifetime, ILogger<OperationsEndpoint> logger) : IHostedService
{
    private WebApplication? _app;

    /// <summary>Where it listens, the real port; null before it does.</summary>
    public Uri? Url { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var address = IPAddress.Parse(options.Address);
        try
        {
            _app = await StartAsync(new IPEndPoint(address, options.Port ?? DefaultPort), cancellationToken);
        }
        // A second worker on the machine, say. Whoever gave a port means that port.
        catch (IOException exception) when (options.Port is null && exception.InnerException is AddressInUseException)
        {
            _app = await StartAsync(new IPEndPoint(address, 0), cancellationToken);
        }
        Url = new Uri(_app.Urls.First());
        Listening(logger, Url);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is { } app)
            await app.DisposeAsync();
    }

    private int DefaultPort => roles switch
    {
        Roles.Ingest => 9461,
        Roles.Inference => 9462,
        Roles.Retraining => 9463,
        Roles.Portal => 9464,
        _ => 9460,
    };

    private async Task<WebApplication> StartAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "EchoClr", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(endPoint);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var app = builder.Build();
        app.Use(OnlyReaders);
        app.UseRouting();
        app.MapGet("/health", () => Results.Text("alive"));
        app.MapGet("/ready", ReadyAsync);
        app.MapPrometheusScrapingEndpoint("/metrics", meters, null, null);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return app;
    }

    private Task OnlyReaders(HttpContext context, RequestDelegate next)
    {
        if (options.MayRead(context.Connection.RemoteIpAddress))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    /// <summary>503 while it starts, while it drains, and while something is missing that this role cannot work without. Names and states only: what an exception says stays in the log.</summary>
    private async Task<IResult> ReadyAsync(CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        var phase = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping" : lifetime.ApplicationStarted.IsCancellationRequested ? "running" : "starting";
        var missing = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy && IsNeeded(entry.Value)).Select(entry => entry.Key).ToList();
        var ready = phase == "running" && missing.Count == 0;
        return Results.Json(
            new { Status = ready ? "ready" : "not ready", Phase = phase, Roles = roles.ToString(), Checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status.ToString()), Missing = missing },
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Only the inference role lives by the bus: the others publish hints, and the reconciler brings what was not published.</summary>
    private bool IsNeeded(HealthReportEntry entry) => !entry.Tags.Contains(BusTag) || roles.HasFlag(Roles.Inference);

    /// <summary>The tag of MassTransit's own health check.</summary>
    private const string BusTag = "masstransit";

    [LoggerMessage(7002, LogLevel.Information, "Health, readiness and metrics are at {Url}")]
    private static partial void Listening(ILogger logger, Uri url);

    /// <summary>Signals are the process's business: this server ends last.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
