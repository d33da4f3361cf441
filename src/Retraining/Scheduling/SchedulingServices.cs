using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EchoClr.Retraining.Scheduling;

/// <summary>Registers what fires schedules. Any number of processes may: the table lets each firing happen once.</summary>
public static class SchedulingServices
{
    public static IServiceCollection AddScheduling(this IServiceCollection services)
    {
        services.TryAddSingleton<DueFirings>();
        services.AddSchedulerEngine();
        return services.AddHostedService<ScheduleKeeper>();
    }
}
