using System.Diagnostics;
using EchoClr.Testing;

namespace EchoClr.Fuzz;

/// <summary>
/// The codec worker, built with AddressSanitizer and UndefinedBehaviorSanitizer. A plain worker that reads beyond a buffer mostly goes on; this one writes a report, and a report is a
/// finding; so is a death without one. Its limit of processor time is none.
/// </summary>
internal sealed class SanitizedCodecTarget : FuzzTarget
{
    private const int LinesOfAReport = 12; // what happened and where; the rest is hexadecimal

    private readonly TemporaryFolder _folder = new();
    private readonly CodecTarget _target;

    public SanitizedCodecTarget()
    {
        var build = Path.Combine(RealData.RepositoryRoot, "artifacts", "native", "Dicom-sanitized");
        Run("cmake", "-S", Path.Combine(RealData.RepositoryRoot, "src", "Dicom", "native", "codec-worker"), "-B", build, "-DECHOCLR_SANITIZE=ON");
        Run("cmake", "--build", build);
        // The worker's environment is empty on purpose, so a script sets the sanitizers' own settings. Leaks are not looked for: ptrace is forbidden in containers.
        var program = Path.Combine(_folder.Path, "worker.sh");
        File.WriteAllText(program, $"""
            #!/bin/sh
            export ASAN_OPTIONS=log_path={Report}:detect_leaks=0:allocator_may_return_null=1:handle_abort=1
            export UBSAN_OPTIONS=log_path={Report}:print_stacktrace=1
            exec {Path.Combine(build, "codec-worker")} "$@"
            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _target = new CodecTarget(program);
    }

    public override string Name => _target.Name; // the same corpus

    public override IReadOnlyList<byte[]> Seeds => _target.Seeds;

    public override IReadOnlyList<Mutation> Mutations => _target.Mutations;

    private string Report => Path.Combine(_folder.Path, "report");

    public override void Run(byte[] input)
    {
        var deaths = _target.Crashes;
        _target.Run(input);
        if (Directory.EnumerateFiles(_folder.Path, "report.*").FirstOrDefault() is not { } report)
        {
            if (_target.Crashes > deaths)
                throw new InvalidOperationException("the worker ended without a report of the sanitizers"); // or never began
            return;
        }
        var lines = string.Join('\n', File.ReadLines(report).Where(line => line.Trim().Length > 0).Take(LinesOfAReport));
        File.Delete(report);
        throw new InvalidOperationException(lines);
    }

    public override void Dispose()
    {
        _target.Dispose();
        _folder.Dispose();
        base.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with code {process.ExitCode}: {output}");
    }
}
