using EchoClr.Crash.Bench;
using EchoClr.Crash.PowerCut;
using Xunit.Runner.InProc.SystemConsole;

// A test program like the others; "bench …" runs the harness by itself (./echoclr bench crash), "scenario …" is the process that tests of the power cut watch.
return args switch
{
    ["bench", .. var rest] => await CrashBench.RunAsync(rest),
    ["scenario", var name, var folder] => Scenario.Run(name, folder),
    _ => await ConsoleRunner.Run(args),
};
