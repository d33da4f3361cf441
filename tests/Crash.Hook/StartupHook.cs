using EchoClr.Crash.Hook;

// The runtime looks for this class, outside any namespace.
internal static class StartupHook
{
    public static void Initialize()
    {
        SpanKiller.Install();
        if (Environment.GetEnvironmentVariable("CRASH_HASTY") is not null)
            HastyAnswers.Install();
    }
}
