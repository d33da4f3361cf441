using System.Data.Common;
using System.Diagnostics.Metrics;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Operations;

/// <summary>
/// What stands rather than happens: backlog by stage and its oldest, warnings, free disk, association slots. The tables are asked on a timer, never by whoever asks for metrics; a table that does
/// not answer leaves its last word standing, and <c>echoclr_database_up</c> says so.
/// </summary>
internal sealed class Gauges : BackgroundService
{
    private readonly BacklogStore _backlog;
    private readonly HealthStore _health;
    private readonly OperationsOptions _options;
    private readonly TimeProvider _time;
    private readonly Meter _meter = new(Instruments.MeterName);
    private volatile Standing _standing = new([], 0, Up: 0);

    public Gauges(BacklogStore backlog, HealthStore health, BlobStore blobs, OperationsOptions options, TimeProvider time, ReceivingHandler? handler = null, ListenerOptions? listener = null)
    {
        (_backlog, _health, _options, _time) = (backlog, health, options, time);
        var disk = new DriveInfo(blobs.Root);
        _meter.CreateObservableGauge("echoclr.backlog", () => _standing.Stages.Select(stage => new Measurement<int>(stage.Waiting, Tag("stage", stage.Stage))), null, "Studies, analyses and deliveries that wait, by stage; parked ones wait for a person");
        _meter.CreateObservableGauge("echoclr.backlog.oldest", () => _standing.Stages.Select(stage => new Measurement<double>(AgeOf(stage), Tag("stage", stage.Stage))), "s", "How long the oldest has waited at each stage; 0 where nothing waits");
        _meter.CreateObservableGauge("echoclr.warnings", () => _standing.Warnings, null, "Health warnings that stand, as ./echoclr doctor lists them");
        _meter.CreateObservableGauge("echoclr.database.up", () => _standing.Up, null, "1 where the database answered when it was last asked");
        _meter.CreateObservableGauge("echoclr.disk.free", () => disk.AvailableFreeSpace, "By", "Free on the disk of the data folder");
        _meter.CreateObservableGauge("echoclr.disk.size", () => disk.TotalSize, "By", "Size of the disk of the data folder");
        if (handler is null || listener is null)
            return;
        _meter.CreateObservableGauge("echoclr.association.slots", () => new[] { new Measurement<int>(handler.AssociationCount, Tag("state", "taken")), new Measurement<int>(listener.MaxAssociations, Tag("state", "all")) }, null, "Association slots of the listener");
    }

    /// <summary>Asks the tables now.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            _standing = new Standing(await _backlog.MeasureAsync(cancellationToken), (await _health.ListAsync(cancellationToken)).Count, Up: 1);
        }
        catch (DbException)
        {
            _standing = _standing with { Up = 0 };
        }
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.GaugeInterval, _time);
        do
            await RunOnceAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private double AgeOf(StageBacklog stage) => stage.Oldest is { } oldest ? Math.Max(0, (_time.GetUtcNow() - oldest).TotalSeconds) : 0;

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    private sealed record Standing(IReadOnlyList<StageBacklog> Stages, int Warnings, int Up);
}
