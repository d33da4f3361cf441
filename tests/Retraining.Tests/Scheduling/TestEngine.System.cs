using EchoClr.Retraining.Scheduling;

namespace EchoClr.Retraining.Tests.Scheduling;

/// <summary>The package set's engine, on its own.</summary>
internal static class TestEngine
{
    public static ISchedulerEngine Create() => new QuartzEngine(TimeProvider.System);
}
