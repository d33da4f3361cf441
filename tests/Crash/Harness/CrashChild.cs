using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EchoClr.App;
using EchoClr.App.Demo;
using EchoClr.Crash.Hook;
using EchoClr.Crash.Peers;
using EchoClr.Inference.Tests.World;

namespace EchoClr.Crash.Harness;

/// <summary>The product's real executable, <c>echoclr up</c>, one life after the other over one data folder.</summary>
internal sealed class CrashChild : IAsyncDisposable
{
    /// <summary>Every system call that can change a file, its size or its name.</summary>
    private const string ChangingCalls = "write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,sendfile,splice,rename,renameat,renameat2,"
        + "link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,io_uring_enter";

    private static readonly string Beside = AppContext.BaseDirectory;

    private readonly CrashOptions _options;
    private readonly string _settings;
    private readonly MemoryMappedFile _controlFile;
    private readonly MemoryMappedViewAccessor _control;
    private readonly StringBuilder _said = new();
    private Process? _process;
    private int _lives;
    private long _startedAt;
    private bool _heard;
    private TimeSpan _lastStart = TimeSpan.FromSeconds(2); // not known yet

    public CrashChild(CrashOptions options, int pacsPort)
    {
        _options = options;
        var ports = LoopbackPorts.Free(2);
        Port = ports[0];
        foreach (var folder in (string[])[Data, Shadows])
            Directory.CreateDirectory(folder);
        File.WriteAllBytes(Control, new byte[16]);
        _controlFile = MemoryMappedFile.CreateFromFile(Control, FileMode.Open);
        _control = _controlFile.CreateViewAccessor();
        _settings = WriteSettings(ports[1], pacsPort);
    }

    /// <summary>Of the listener.</summary>
    public int Port { get; }

    public string Data => Path.Combine(_options.Folder, "data");
    public string Shadows => Path.Combine(_options.Folder, "shadow");
    public string Journal => Path.Combine(_options.Folder, "journal");
    public bool IsAlive => _process is { HasExited: false };

    /// <summary>Whether it ended itself at the chosen point.</summary>
    public bool Fired => _control.ReadInt32(4) != 0;

    /// <summary>The last lines that it said, for a person who looks for the cause of a violation.</summary>
    public string LastWords
    {
        get
        {
            lock (_said)
                return string.Join('\n', _said.ToString().Split('\n').TakeLast(40));
        }
    }

    private string Control => Path.Combine(_options.Folder, "control");

    public void Start(KillPoint? point)
    {
        _control.Write(0, point?.FromStart == true ? 1 : 0);
        _control.Write(4, 0);
        string[] product = ["dotnet", typeof(Terminal).Assembly.Location, "up", "--config", _settings, "--set", $"Inference:Analysis:Lease={Lease}", "--set", $"Inference:Delivery:Lease={Lease}"];
        var preload = $"LD_PRELOAD={Path.Combine(Beside, "libpowercut.so")}";
        // The library takes itself out of the environment, so that no child of the product is watched: it must not be loaded before the product itself.
        string[] line = _options.Strace is { } trace
            ? ["strace", "-f", "-y", "-qq", "-o", $"{trace}.{++_lives}", "-e", $"trace={ChangingCalls}", "-E", preload, .. product]
            : ["env", preload, .. product];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _options.Folder };
        start.Environment["POWERCUT_FOLDER"] = Data;
        start.Environment["POWERCUT_SHADOW"] = Shadows;
        start.Environment["POWERCUT_JOURNAL"] = Journal;
        start.Environment["POWERCUT_CONTROL"] = Control;
        start.Environment["POWERCUT_KILL"] = point?.Call ?? "";
        start.Environment["POWERCUT_IGNORE"] = _options.IgnoredSyncs;
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(SpanKiller).Assembly.Location;
        start.Environment["CRASH_SPAN"] = point?.Span ?? "";
        start.Environment["TMPDIR"] = _options.Folder;
        start.Environment["DOTNET_TC_CallCounting"] = "0"; // a life is too short to compile anything twice: a fifth of its processor time
        if (_options.Hasty)
            start.Environment["CRASH_HASTY"] = "1";
        lock (_said)
            _said.Clear();
        (_startedAt, _heard) = (Stopwatch.GetTimestamp(), false);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>
    /// What a dead worker held is taken over after this: soon, but not before a live one on a busy machine has done a step. How busy it is the last start tells, which takes
    /// half a second on an idle one.
    /// </summary>
    private TimeSpan Lease => TimeSpan.FromSeconds(Math.Clamp(4 * _lastStart.TotalSeconds, 2, 60));

    /// <summary>From now on the kill point counts.</summary>
    public void Arm() => _control.Write(0, 1);

    /// <summary>Waits until the listener takes connections; false when the process ended first.</summary>
    public async Task<bool> IsListeningAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (IsAlive)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
                if (!_heard)
                    (_heard, _lastStart) = (true, Stopwatch.GetElapsedTime(_startedAt));
                return true;
            }
            catch (SocketException)
            {
                if (Stopwatch.GetElapsedTime(started) > patience)
                    throw new InvalidOperationException($"the product does not listen after {patience}; it said:\n{LastWords}");
                await Task.Delay(20, cancellationToken);
            }
        }
        return false;
    }

    /// <summary>SIGKILL, unless it is dead already. What it died of instead, if it ended by itself: the library gave up, or the program threw.</summary>
    public async Task<string?> KillAsync()
    {
        if (_process is null)
            return null;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        const int killed = 128 + 9;
        var why = _process.ExitCode == killed ? null : $"the product ended by itself with exit code {_process.ExitCode}; it said:\n{LastWords}";
        _process.Dispose();
        _process = null;
        return why;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } running)
        {
            if (!running.HasExited)
                running.Kill(entireProcessTree: true);
            await running.WaitForExitAsync();
            running.Dispose();
        }
        _control.Dispose();
        _controlFile.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.Append(line.Data).Append('\n');
            File.AppendAllText(Path.Combine(_options.Folder, "echoclr.log"), line.Data + "\n"); // every life's, for whoever looks into a violation
        }
    }

    /// <summary>Everything that takes a minute in a hospital takes a fraction of a second here; nothing is ever given up.</summary>
    private string WriteSettings(int portalPort, int pacsPort)
    {
        const string brief = "00:00:00.1";
        const int never = 1_000_000;
        var broker = _options.Broker;
        object bus = broker is null
            ? new { ReconcileInterval = "00:00:00.5", ReconcileAge = "00:00:01" }
            : new { Transport = "rabbitmq", Host = "127.0.0.1", broker.Port, RabbitMqBroker.Username, broker.PasswordFile, ReconcileInterval = "00:00:00.5", ReconcileAge = "00:00:01" };
        var file = Path.Combine(_options.Folder, "echoclr.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            Data = new { Directory = Data },
            Bus = bus,
            Ingest = new
            {
                Listener = new
                {
                    AeTitle = "ECHOCLR", Address = "127.0.0.1", Port,
                    Senders = ((string[])[Sender.AeTitle, ScriptedPacs.AeTitle]).Select(title => new { AeTitle = title, Address = "127.0.0.1" }),
                },
                StudyCompletion = new { QuietTime = "00:00:00.3", ReleaseWait = "00:00:05", Interval = brief },
            },
            Inference = new
            {
                NodeName = "crash",
                Models = new { Directory = TestModels.Write(Path.Combine(_options.Folder, "models")) },
                Analysis = new { MaxAttempts = never },
                Delivery = new { FirstDelay = brief, MaxDelay = "00:00:00.5", MaxAttempts = never, CommitmentTimeout = "00:00:01.5", SweepInterval = brief },
                Destinations = new[] { new { Name = "pacs", ScriptedPacs.AeTitle, Host = "127.0.0.1", Port = pacsPort } },
            },
            Portal = new { Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{portalPort}") },
        }));
        return file;
    }
}
