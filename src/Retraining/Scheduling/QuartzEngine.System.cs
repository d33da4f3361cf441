using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Quartz;
using Quartz.Extensibility;

namespace EchoClr.Retraining.Scheduling;

/// <summary>The engine of <c>PackageSet=system</c>: Quartz.NET with its store in memory, one trigger a schedule, for its next moment.</summary>
public sealed class QuartzEngine(TimeProvider time) : ISchedulerEngine
{
    private readonly JobKey _job = new("due");
    private StandaloneSchedulerFactory? _factory;
    private IScheduler? _scheduler;

    private IScheduler Scheduler => _scheduler ?? throw new InvalidOperationException("the engine is not started");

    public async Task StartAsync(Func<string, CancellationToken, Task> due, CancellationToken cancellationToken)
    {
        _factory = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseTimeProvider(time);
            quartz.UseInMemoryStore();
            quartz.UseJobFactory(new CallFactory(due));
        }).Build();
        _scheduler = await _factory.GetScheduler(cancellationToken);
        await _scheduler.AddJob(JobBuilder.Create<Call>().WithIdentity(_job).StoreDurably().Build(), new AddJobOptions(), cancellationToken);
        await _scheduler.Start(cancellationToken);
    }

    public async Task CallAtAsync(string schedule, DateTimeOffset moment, CancellationToken cancellationToken)
    {
        var trigger = TriggerBuilder.Create(time).WithIdentity(schedule).ForJob(_job).StartAt(moment).Build();
        // The trigger is gone once it has called, so both ways occur.
        if (await Scheduler.RescheduleJob(new TriggerKey(schedule), trigger, cancellationToken) is null)
            await Scheduler.ScheduleJob(trigger, new ScheduleJobOptions { Replace = true }, cancellationToken);
    }

    public async Task ForgetAsync(string schedule, CancellationToken cancellationToken) => await Scheduler.UnscheduleJob(new TriggerKey(schedule), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_scheduler is not null)
            await _scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
        if (_factory is not null)
            await _factory.DisposeAsync();
    }

    private sealed class Call(Func<string, CancellationToken, Task> due) : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await due(context.Trigger.Key.Name, cancellationToken);
    }

    private sealed class CallFactory(Func<string, CancellationToken, Task> due) : IJobFactory
    {
        public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken) => new(new JobScope(new Call(due)));

        public ValueTask ReturnJob(JobScope job, CancellationToken cancellationToken) => default;
    }
}

/// <summary>The package set's engine.</summary>
internal static class SchedulerEngine
{
    public static IServiceCollection AddSchedulerEngine(this IServiceCollection services)
    {
        services.TryAddSingleton<ISchedulerEngine, QuartzEngine>();
        return services;
    }
}
