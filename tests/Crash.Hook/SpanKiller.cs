using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace EchoClr.Crash.Hook;

/// <summary>Ends the process by SIGKILL at the Nth start or stop of a span, while the harness has armed it. <c>CRASH_SPAN</c> is "NAME N start|stop"; * stands for anything.</summary>
public sealed class SpanKiller
{
    private static readonly string[] Sources = ["EchoClr", "EchoClr.Dicom", "MassTransit"];

    private readonly MemoryMappedViewAccessor control;
    private readonly string name;
    private readonly int nth;
    private int hits;

    private SpanKiller(MemoryMappedViewAccessor control, string name, int nth) => (this.control, this.name, this.nth) = (control, name, nth);

    public static void Install()
    {
        if (Environment.GetEnvironmentVariable("CRASH_SPAN") is not { Length: > 0 } text)
            return;
        var words = text.Split(' ');
        var file = MemoryMappedFile.CreateFromFile(Environment.GetEnvironmentVariable("POWERCUT_CONTROL")!, FileMode.Open);
        var killer = new SpanKiller(file.CreateViewAccessor(), words[0], int.Parse(words[1], CultureInfo.InvariantCulture));
        var listener = new ActivityListener
        {
            ShouldListenTo = source => Sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        if (words[2] == "start")
            listener.ActivityStarted = killer.Reached;
        else
            listener.ActivityStopped = killer.Reached;
        ActivitySource.AddActivityListener(listener);
    }

    private void Reached(Activity activity)
    {
        if (control.ReadInt32(0) == 0 || !FileSystemName.MatchesSimpleExpression(name, activity.OperationName, ignoreCase: false) || Interlocked.Increment(ref hits) != nth)
            return;
        control.Write(4, 1);
        _ = kill(Environment.ProcessId, 9);
    }

    [DllImport("libc")]
    private static extern int kill(int process, int signal);
}
