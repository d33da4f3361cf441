using EchoClr.App.Operations;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference;
using EchoClr.Ingest;
using EchoClr.Portal;
using EchoClr.Portal.Administration;
using EchoClr.Retraining.Runs;
using EchoClr.Retraining.Scheduling;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.App.Hosting;

/// <summary>One process of EchoClr: any of its roles over one bus, one database and one folder.</summary>
internal static class EchoClrHost
{
    /// <summary>Longer than the listener's drain, so that what was begun is finished; shorter than the time after which a service manager kills.</summary>
    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Builds and migrates; the caller starts it. Settings that cannot work throw here, naming their key.</summary>
    public static async Task<IHost> BuildAsync(IConfiguration configuration, Roles roles, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var host = roles.HasFlag(Roles.Portal) ? BuildWeb(configuration, roles, logging) : BuildPlain(configuration, roles, logging);
        await host.Services.GetRequiredService<Migrator>().PrepareAsync(host.Services.GetRequiredService<DataOptions>(), cancellationToken);
        return host;
    }

    private static WebApplication BuildWeb(IConfiguration configuration, Roles roles, Action<ILoggingBuilder> logging)
    {
        // The empty builder: no settings file of the working directory, no environment but ours.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "EchoClr", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        AddRoles(builder, configuration, roles, logging);
        builder.Services.AddSingleton<ISite>(services => new Site(
            configuration, services.GetRequiredService<AssociationStore>(), services.GetRequiredService<IDicomClient>(), services.GetRequiredService<TimeProvider>()));
        builder.AddEchoClrPortal();
        var app = builder.Build();
        app.UseRouting();
        app.MapEchoClrPortal();
        if (roles.HasFlag(Roles.Retraining))
            SchedulerDashboard.Map(app);
        return app;
    }

    private static IHost BuildPlain(IConfiguration configuration, Roles roles, Action<ILoggingBuilder> logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "EchoClr", ContentRootPath = AppContext.BaseDirectory });
        AddRoles(builder, configuration, roles, logging);
        return builder.Build();
    }

    private static void AddRoles(IHostApplicationBuilder builder, IConfiguration configuration, Roles roles, Action<ILoggingBuilder> logging)
    {
        builder.Configuration.AddConfiguration(configuration);
        logging(builder.Logging);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning); // a line a page is noise, and its address names a study
        builder.Services.AddEchoClrData(configuration);
        builder.Services.AddOperations(configuration, roles);
        builder.Services.AddHostedService(services => new AuditedLife(services.GetRequiredService<AuditTrail>(), roles, services.GetRequiredService<ILogger<AuditedLife>>()));
        builder.Services.AddSingleton<IDicomClient>(services => new AuditedDicomClient(
            DicomNetwork.CreateClient(new DicomClientOptions(), services.GetRequiredService<TimeProvider>()), services.GetRequiredService<AuditTrail>()));
        if (roles.HasFlag(Roles.Ingest))
            builder.Services.AddIngest(configuration);
        if (roles.HasFlag(Roles.Inference))
            builder.Services.AddInference(configuration);
        if (roles.HasFlag(Roles.Retraining))
        {
            builder.Services.AddScheduling();
            builder.Services.AddSingleton(new TrainingProcess(TrainingChild.Program(configuration)));
            builder.Services.AddHostedService<TrainingKeeper>();
        }
        builder.Services.AddEchoClrBus(configuration.GetSection(BusOptions.SectionName).Get<BusOptions>() ?? new BusOptions(), bus =>
        {
            if (roles.HasFlag(Roles.Inference))
                bus.AddInferenceConsumers();
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
    }
}
