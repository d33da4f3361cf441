using System.Data.Common;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Shared.Capacity;

/// <summary>What is used, and of what: disk, quota, backlog, memory.</summary>
/// <param name="FreeBytes">Of the disk that the data folder is on.</param>
/// <param name="KeptBytes">Of received objects and results, by their rows.</param>
/// <param name="Backlog">Studies that still come in or wait for their analysis.</param>
/// <param name="MemoryBytes">Resident, of this process.</param>
public sealed record CapacityState(long FreeBytes, long KeptBytes, int Backlog, long MemoryBytes, long MemoryLimitBytes);

/// <summary>Why nothing is taken now.</summary>
public sealed record Pressure(PressureKind Kind, string Detail);

public enum PressureKind
{
    Disk,
    Quota,
    Memory,
    Backlog,
}

/// <summary>Measures a <see cref="CapacityState"/> and judges it by the options.</summary>
public sealed class CapacityGauge(Database database, BlobStore blobs, CapacityOptions options, TimeProvider time)
{
    private const string CountKept = """
        SELECT COALESCE((SELECT SUM(dataset_offset + dataset_length) FROM instance WHERE file_key IS NOT NULL), 0) + COALESCE((SELECT SUM(dataset_offset + dataset_length) FROM instance_conflict), 0)
             + COALESCE((SELECT SUM(length) FROM result_object WHERE expired_at IS NULL), 0)
        """;

    private const string CountBacklog = """
        SELECT COUNT(*) FROM study_version v WHERE v.analyzed_at IS NULL AND v.inherits_from_id IS NULL AND v.analysis_parked_at IS NULL AND v.state <> 'Superseded'
        """;

    private readonly DriveInfo _disk = new(blobs.Root);
    private DateTimeOffset? _askedAt;
    private long _kept;
    private int _backlog;

    /// <summary>Disk and memory as they are now, the tables as they were at most <see cref="CapacityOptions.SweepInterval"/> ago; a database that does not answer leaves them as they were.</summary>
    public async Task<CapacityState> MeasureAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_askedAt is null || now - _askedAt >= options.SweepInterval || now < _askedAt)
        {
            try
            {
                await AskTablesAsync(cancellationToken);
                _askedAt = now;
            }
            catch (DbException)
            {
                // Whoever needs the database says so; the disk may be full because of what is not yet known here.
            }
        }
        return new CapacityState(_disk.AvailableFreeSpace, _kept, _backlog, Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    /// <summary>Asks the tables now.</summary>
    public async Task AskTablesAsync(CancellationToken cancellationToken) => (_kept, _backlog) = await database.ReadAsync(
        async session => (await session.ScalarAsync<long>(CountKept), await session.ScalarAsync<int>(CountBacklog)), cancellationToken);

    /// <summary>Null when objects may be taken.</summary>
    /// <param name="before">The last judgement: what was refused is taken again only with some slack.</param>
    public Pressure? Judge(CapacityState state, Pressure? before)
    {
        if (state.FreeBytes < options.RefuseBelowFreeBytes * (before?.Kind == PressureKind.Disk ? 1 + CapacityOptions.Slack : 1))
            return new Pressure(PressureKind.Disk, $"{Size(state.FreeBytes)} are free on the disk, and {Size(options.RefuseBelowFreeBytes)} must stay so (Capacity:RefuseBelowFreeBytes)");
        if (options.QuotaBytes is { } quota && state.KeptBytes > quota * (before?.Kind == PressureKind.Quota ? 1 - CapacityOptions.Slack / 2 : 1))
            return new Pressure(PressureKind.Quota, $"{Size(state.KeptBytes)} are kept of {Size(quota)} (Capacity:QuotaBytes)");
        if (state.MemoryBytes > state.MemoryLimitBytes * options.MaxMemory * (before?.Kind == PressureKind.Memory ? 1 - CapacityOptions.Slack : 1))
            return new Pressure(PressureKind.Memory, $"{Size(state.MemoryBytes)} of memory are in use, of {Size(state.MemoryLimitBytes)} (Capacity:MaxMemory)");
        if (state.Backlog > options.MaxBacklog * (before?.Kind == PressureKind.Backlog ? 1 - CapacityOptions.Slack : 1))
            return new Pressure(PressureKind.Backlog, $"{state.Backlog} studies wait, and {options.MaxBacklog} may (Capacity:MaxBacklog)");
        return null;
    }

    /// <summary>Whether pixels should go before they would have to: oldest finished studies first.</summary>
    public bool IsNarrow(CapacityState state) =>
        state.FreeBytes < options.ExpireBelowFreeBytes || state.KeptBytes > options.QuotaBytes * (1 - CapacityOptions.Slack);

    public static string Size(long bytes) => bytes >= 10L << 30 ? $"{bytes >> 30} GiB" : bytes >= 10L << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
