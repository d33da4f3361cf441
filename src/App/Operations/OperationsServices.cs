using EchoClr.App.Hosting;
using EchoClr.Dicom.Net;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EchoClr.App.Operations;

/// <summary>Registers what operators see of a process. Before every other hosted service: it starts first and ends last.</summary>
internal static class OperationsServices
{
    /// <summary>Processor time, memory, garbage collection, threads: .NET's own meter.</summary>
    private const string RuntimeMeter = "System.Runtime";

    public static void AddOperations(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        var options = configuration.GetSection(OperationsOptions.SectionName).Get<OperationsOptions>() ?? new OperationsOptions();
        options.Validate();
        services.AddSingleton(options);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OperationsEndpoint>(provider, roles));
        services.AddHostedService(provider => provider.GetRequiredService<OperationsEndpoint>());
        services.AddHostedService<Gauges>();
        var checks = services.AddHealthChecks().AddCheck<DatabaseCheck>("database");
        if (roles.HasFlag(Roles.Inference))
            checks.AddCheck<ModelsCheck>("models");

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"echoclr-{roles.ToString().ToLowerInvariant()}", serviceVersion: typeof(OperationsServices).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(metrics => metrics.AddMeter(Instruments.MeterName, RuntimeMeter).AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));
        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.WithTracing(traces => traces.AddSource(Steps.SourceName, DicomTracing.SourceName)
                .AddOtlpExporter(otlp => (otlp.Endpoint, otlp.Protocol) = (new Uri(endpoint), OtlpExportProtocol.HttpProtobuf)));
        }
    }
}
