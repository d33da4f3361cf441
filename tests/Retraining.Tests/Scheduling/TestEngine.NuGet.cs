using EchoClr.Retraining.Scheduling;
using Hangfire.InMemory;

namespace EchoClr.Retraining.Tests.Scheduling;

/// <summary>The package set's engine, on its own.</summary>
internal static class TestEngine
{
    public static ISchedulerEngine Create() => new HangfireEngine(new InMemoryStorage(), TimeProvider.System);
}
