using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EchoClr.App.Demo;

/// <summary>A private RabbitMQ broker: Debian's server with its own folder, ports, node name and port mapper, all on loopback.</summary>
internal sealed class RabbitMqBroker : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120); // 5 s on an idle machine; Erlang crawls on a busy one
    private readonly string folder;
    private readonly ChildProcess portMapper;
    private readonly int distributionPort;
    private readonly int portMapperPort;
    private ChildProcess? server;

    private RabbitMqBroker(string folder, ChildProcess portMapper, int[] ports)
    {
        this.folder = folder;
        this.portMapper = portMapper;
        (Port, distributionPort, portMapperPort) = (ports[0], ports[1], ports[2]);
        PasswordFile = Path.Combine(folder, "password");
    }

    /// <summary>AMQP 0-9-1 on 127.0.0.1.</summary>
    public int Port { get; }

    public int ProcessId => server?.Id ?? throw new InvalidOperationException("the broker is not running");

    public const string Username = "echoclr";

    /// <summary>Holds the password drawn for this broker, readable by its owner only.</summary>
    public string PasswordFile { get; }

    public static async Task<RabbitMqBroker> StartAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var ports = LoopbackPorts.Free(3);
        // Erlang's port mapper would else be started by the broker and outlive it.
        var portMapper = ChildProcess.Start("epmd", folder, "epmd", ["-port", Text(ports[2]), "-address", "127.0.0.1"]);
        var broker = new RabbitMqBroker(folder, portMapper, ports);
        try
        {
            await broker.WriteConfigurationAsync(cancellationToken);
            await broker.StartServerAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the broker as a power cut would; queues and messages stay in the folder.</summary>
    public async Task KillAsync()
    {
        if (server is { } running)
            await running.KillAsync();
    }

    /// <summary>Starts the broker again, on the same port and data.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        if (server is { } old)
            await old.DisposeAsync();
        await StartServerAsync(cancellationToken);
    }

    /// <summary>Runs <c>rabbitmqctl</c> against this broker: alarms, limits, queues.</summary>
    public async Task ControlAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/lib/rabbitmq/bin/rabbitmqctl", ["--node", Node, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in Environment())
            start.Environment[key] = value;
        using var control = Process.Start(start) ?? throw new CommandException("rabbitmqctl does not start");
        var (said, complained) = (control.StandardOutput.ReadToEndAsync(cancellationToken), control.StandardError.ReadToEndAsync(cancellationToken));
        await control.WaitForExitAsync(cancellationToken);
        if (control.ExitCode != 0)
            throw new CommandException($"rabbitmqctl {string.Join(' ', arguments)}: {await said} {await complained}");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { } running)
            await running.DisposeAsync();
        await portMapper.DisposeAsync();
    }

    private async Task WriteConfigurationAsync(CancellationToken cancellationToken)
    {
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var configuration = Path.Combine(folder, "rabbitmq.conf");
        foreach (var secret in (string[])[PasswordFile, configuration])
        {
            await File.WriteAllTextAsync(secret, "", cancellationToken);
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        await File.WriteAllTextAsync(PasswordFile, password, cancellationToken);
        await File.WriteAllTextAsync(configuration, $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            default_user = {Username}
            default_pass = {password}
            # A full disk elsewhere on this machine must not stop a demonstration before it is really full.
            disk_free_limit.absolute = 200MB

            """, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "enabled_plugins"), "[].\n", cancellationToken);
    }

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        server = ChildProcess.Start("rabbitmq", folder, "/usr/lib/rabbitmq/bin/rabbitmq-server", [], Environment());
        await server.WaitUntilReadyAsync("RabbitMQ", StartTimeout, AnswersAsync, cancellationToken);
    }

    // The port opens only after the boot steps are through, users included.
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Node => $"echoclr-{Port}@localhost";

    private Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = folder, // its Erlang cookie: nobody else's nodes
        ["RABBITMQ_BASE"] = folder,
        ["RABBITMQ_NODENAME"] = Node,
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(folder, "advanced.config"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(folder, "rabbitmq-env.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
        ["RABBITMQ_FEATURE_FLAGS_FILE"] = Path.Combine(folder, "feature_flags"),
        ["RABBITMQ_DIST_PORT"] = Text(distributionPort),
        ["ERL_EPMD_PORT"] = Text(portMapperPort),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        // Two schedulers that sleep rather than spin: the machine has a study to analyse.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        ["RUNNING_UNDER_SYSTEMD"] = "true", // the script becomes the server, so that our process id is the server's
        ["NOTIFY_SOCKET"] = "",
    };

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
