using EchoClr.Shared.Data;
using Hangfire;
using Hangfire.SqlServer;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EchoClr.Retraining.Scheduling;

/// <summary>The engine of <c>PackageSet=nuget</c>: Hangfire, one delayed job a schedule, for its next moment. Its storage may be shared: a job that another process made calls whoever is free, and our table decides.</summary>
public sealed class HangfireEngine(JobStorage storage, TimeProvider time) : ISchedulerEngine
{
    /// <summary>Apart from any other user of the same storage.</summary>
    private const string Queue = "echoclr-schedules";

    /// <summary>Hangfire looks for delayed jobs every 15 s by itself; a firing is wanted within seconds of its moment.</summary>
    private static readonly TimeSpan PollingInterval = TimeSpan.FromSeconds(1);

    private readonly BackgroundJobClient _client = new(storage);
    private readonly Dictionary<string, (string Job, DateTimeOffset Moment)> _planned = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private BackgroundJobServer? _server;

    public Task StartAsync(Func<string, CancellationToken, Task> due, CancellationToken cancellationToken)
    {
        _server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 1, Queues = [Queue], SchedulePollingInterval = PollingInterval, Activator = new Calls(due) }, storage);
        return Task.CompletedTask;
    }

    public Task CallAtAsync(string schedule, DateTimeOffset moment, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_planned.TryGetValue(schedule, out var planned))
            {
                if (planned.Moment == moment && moment > time.GetUtcNow())
                    return Task.CompletedTask; // told again every minute
                _client.Delete(planned.Job);
            }
            _planned[schedule] = (_client.Schedule<DueCall>(Queue, call => call.RunAsync(schedule, CancellationToken.None), moment), moment);
        }
        return Task.CompletedTask;
    }

    public Task ForgetAsync(string schedule, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_planned.Remove(schedule, out var planned))
                _client.Delete(planned.Job);
        }
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;
        _server.SendStop();
        await _server.WaitForShutdownAsync(CancellationToken.None);
        _server.Dispose();
    }

    private sealed class Calls(Func<string, CancellationToken, Task> due) : JobActivator
    {
        public override object ActivateJob(Type jobType) => new DueCall(due);
    }
}

/// <summary>What Hangfire calls; public, because Hangfire makes it by its name. A call that fails is not repeated: the keeper looks at the table every minute.</summary>
public sealed class DueCall(Func<string, CancellationToken, Task> due)
{
    /// <param name="cancellationToken">Hangfire puts its own in the place of the one that was planned.</param>
    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync(string schedule, CancellationToken cancellationToken) => due(schedule, cancellationToken);
}

/// <summary>The package set's engine.</summary>
internal static class SchedulerEngine
{
    /// <summary>With SQL Server, Hangfire's tables stand in a schema of their own beside ours; with SQLite its jobs are in memory, since our table is the truth.</summary>
    public static IServiceCollection AddSchedulerEngine(this IServiceCollection services)
    {
        services.AddHangfire((provider, configuration) =>
        {
            if (provider.GetRequiredService<DataOptions>() is { Provider: DatabaseProvider.SqlServer } data)
                configuration.UseSqlServerStorage(data.ConnectionString, new SqlServerStorageOptions { SqlClientFactory = SqlClientFactory.Instance });
            else
                configuration.UseInMemoryStorage();
        });
        services.TryAddSingleton<ISchedulerEngine, HangfireEngine>();
        return services;
    }
}
