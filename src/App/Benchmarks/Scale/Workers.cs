using System.Globalization;
using EchoClr.App.Demo;
using EchoClr.Shared.Data;

namespace EchoClr.App.Benchmarks.Scale;

/// <summary>Inference workers over one data folder and one broker: the real program, a process each, each on one core.</summary>
internal sealed class Workers : IAsyncDisposable
{
    private readonly RabbitMqBroker broker;
    private readonly List<ChildProcess> processes = [];

    private Workers(RabbitMqBroker broker, string data) => (this.broker, Database) = (broker, new Database(new DataOptions { Directory = data }));

    public Database Database { get; }
    public int BrokerId => broker.ProcessId;
    public IReadOnlyList<int> Ids => [.. processes.Select(process => process.Id)];

    /// <param name="settings">As for <c>--set</c>.</param>
    public static async Task<Workers> StartAsync(string folder, string data, int count, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        var workers = new Workers(await RabbitMqBroker.StartAsync(Path.Combine(folder, "rabbitmq"), cancellationToken), data);
        IEnumerable<string> all =
        [
            "Bus:Transport=rabbitmq", "Bus:Host=127.0.0.1", $"Bus:Port={workers.broker.Port}", $"Bus:Username={RabbitMqBroker.Username}", $"Bus:PasswordFile={workers.broker.PasswordFile}",
            "Clips:Enabled=false", // what learning keeps is no part of a reading
            .. settings,
        ];
        for (var i = 0; i < count; i++)
            workers.processes.Add(ChildProcess.Start($"worker-{i}", folder, "taskset",
                ["-c", (i % Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture), "dotnet", typeof(Terminal).Assembly.Location, "run", "inference", "--data", data, .. all.SelectMany(setting => (string[])["--set", setting])]));
        return workers;
    }

    /// <summary>Studies that are read, and workers that read one now.</summary>
    public async Task<(int Read, int AtWork)> CountAsync(CancellationToken cancellationToken)
    {
        if (processes.Find(process => process.HasExited) is { } dead)
            throw new CommandException($"a worker ended; its log is {dead.LogFile}");
        return await Database.ReadAsync(async session => (
            await session.ScalarAsync<int>("SELECT COUNT(*) FROM analysis"),
            await session.ScalarAsync<int>("SELECT COUNT(DISTINCT claimed_by) FROM study_version WHERE claimed_by IS NOT NULL")), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();
        await broker.DisposeAsync();
    }
}
