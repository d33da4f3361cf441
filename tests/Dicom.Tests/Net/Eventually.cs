using System.Diagnostics;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Waits for what another thread or process is about to do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task IsTrueAsync(Func<bool> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException("waited in vain until " + what);
            await Task.Delay(10);
        }
    }
}
