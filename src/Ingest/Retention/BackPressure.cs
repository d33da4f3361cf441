using System.Data.Common;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Retention;

/// <summary>Looks at disk, quota, memory and backlog, and says whether objects may be taken. Senders hear answers that tell them to try again later, and it recovers by itself.</summary>
public sealed class BackPressure(CapacityGauge gauge, HealthStore health, CapacityOptions options, TimeProvider time, ILogger<BackPressure> logger) : BackgroundService
{
    /// <summary>The subject of the health warning.</summary>
    public const string Subject = "receiving";

    private volatile Pressure? _now;
    private (bool Known, PressureKind? Kind) _told;

    /// <summary>Why nothing is taken; null when everything is.</summary>
    public Pressure? Now => _now;

    /// <summary>PS3.8 Table 9-21: both are transient, so a sender tries again. Null when an association may be had.</summary>
    public AssociationRejection? Rejection => _now?.Kind switch
    {
        null => null,
        PressureKind.Backlog => AssociationRejection.TemporaryCongestion,
        _ => AssociationRejection.LocalLimitExceeded,
    };

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var before = _now;
        _now = gauge.Judge(await gauge.MeasureAsync(cancellationToken), before);
        if (_now is { } pressure && before?.Kind != pressure.Kind)
            RetentionLog.Refusing(logger, pressure.Kind, pressure.Detail);
        else if (_now is null && before is not null)
            RetentionLog.TakingAgain(logger);
        if (_told == (true, _now?.Kind))
            return;
        try
        {
            if (_now is { } raised)
                await health.RaiseAsync(Subject, $"nothing is taken: {raised.Detail}", time.GetUtcNow(), cancellationToken);
            else
                await health.ClearAsync(Subject, cancellationToken);
            _told = (true, _now?.Kind);
        }
        // A full disk is what this is about: the warning that cannot be written is in the log, and is tried again.
        catch (DbException)
        {
            _told = default;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        do
            await RunOnceAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
