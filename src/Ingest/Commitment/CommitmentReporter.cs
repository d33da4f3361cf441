using System.Data.Common;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Commitment;

/// <summary>Brings commitment reports that are due to their senders, on associations of ours, until they are taken. Waits are rows, so a restart forgets none of them.</summary>
public sealed class CommitmentReporter(
    SenderCommitmentStore store, Holdings holdings, IDicomClient client, ListenerOptions listener, CommitmentOptions options, TimeProvider time, ILogger<CommitmentReporter> logger) : BackgroundService
{
    /// <summary>Reports taken up in one sweep, the oldest first.</summary>
    private const int Batch = 50;

    /// <summary>How long one attempt keeps others away: reading back a study of some gigabytes, and a sender that answers slowly.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>How often finished requests are forgotten; the number of days they are kept needs no precision.</summary>
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromHours(1);

    private DateTimeOffset _forgottenAt = DateTimeOffset.MinValue;

    /// <summary>Returns how many reports were due. Senders do not wait for one another.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _forgottenAt >= ForgetInterval)
        {
            await store.ForgetAsync(now - options.Keep, cancellationToken);
            _forgottenAt = now;
        }
        var due = await store.ListDueAsync(now, Batch, cancellationToken);
        await Task.WhenAll(due.GroupBy(row => row.CallingAeTitle).Select(sender => ReportEachAsync([.. sender], cancellationToken)));
        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // A database that is down now may be up in a moment; anything else stops the host.
            catch (DbException exception)
            {
                CommitmentLog.NotSwept(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReportEachAsync(List<SenderCommitmentRow> due, CancellationToken cancellationToken)
    {
        foreach (var row in due)
        {
            if (!await ReportAsync(row, cancellationToken))
                return; // nobody is there; the others keep their attempts
        }
    }

    /// <summary>False when the sender could not be reached.</summary>
    private async Task<bool> ReportAsync(SenderCommitmentRow row, CancellationToken cancellationToken)
    {
        if (listener.ReportAddressOf(row.CallingAeTitle) is not { } address)
        {
            await ParkAsync(row, "the sender did not wait for the report, and Ingest:Listener:Senders:CommitmentReportTo names no address for it", cancellationToken);
            return true;
        }
        if (!await store.TryClaimAsync(row, time.GetUtcNow() + Lease, cancellationToken))
            return true;
        try
        {
            return await TellAsync(row, address, cancellationToken);
        }
        // Whoever starts next need not wait until the claim has run out.
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await store.ReturnClaimAsync(row, time.GetUtcNow(), CancellationToken.None);
            throw;
        }
    }

    private async Task<bool> TellAsync(SenderCommitmentRow row, (string Host, int Port) address, CancellationToken cancellationToken)
    {
        // Every byte is read once; later attempts ask whether the files are still there.
        var known = await store.ListObjectsAsync(row.Id, cancellationToken);
        var judged = await holdings.JudgeAsync(row.CallingAeTitle, known, readBack: row.Committed is null, cancellationToken);
        // What was found damaged once stays so, until the sender asks again.
        judged = [.. judged.Zip(known, (now, before) => now with { FailureReason = before.FailureReason ?? now.FailureReason })];
        await store.RecordOutcomeAsync(row.Id, judged, cancellationToken);
        // died here -> due again when the claim runs out; the sender hears the same twice at most
        try
        {
            var report = SenderCommitment.Report(row.TransactionUid, judged);
            var peer = new DicomPeer(row.CallingAeTitle, address.Host, address.Port, listener.AeTitle) { Tls = listener.ReportTlsOf(row.CallingAeTitle) };
            var status = await client.ReportCommitmentAsync(peer, report, cancellationToken);
            if (!status.IsSuccess && !status.IsWarning)
            {
                await RetryAsync(row, $"the sender answered the report with {status.WithoutComment}", cancellationToken);
                return true;
            }
            await store.RecordReportedAsync(row.CallingAeTitle, row.TransactionUid, report.Committed.Count, report.Failed.Count, time.GetUtcNow(), cancellationToken);
            CommitmentLog.Reported(logger, row.TransactionUid, row.CallingAeTitle, report.Committed.Count, report.Failed.Count);
            return true;
        }
        catch (DicomNetworkException exception)
        {
            await RetryAsync(row, exception.Message, cancellationToken);
            return false;
        }
    }

    private async Task RetryAsync(SenderCommitmentRow row, string reason, CancellationToken cancellationToken)
    {
        if (row.Attempts + 1 >= options.MaxAttempts)
        {
            await ParkAsync(row, reason, cancellationToken);
            return;
        }
        const int maxDoublings = 20; // beyond every limit
        var delay = options.FirstDelay * Math.Pow(2, Math.Min(row.Attempts, maxDoublings));
        var next = time.GetUtcNow() + (delay < options.MaxDelay ? delay : options.MaxDelay);
        await store.RecordRetryAsync(row.Id, reason, next, cancellationToken);
        CommitmentLog.Retried(logger, row.TransactionUid, row.CallingAeTitle, next, reason);
    }

    private async Task ParkAsync(SenderCommitmentRow row, string reason, CancellationToken cancellationToken)
    {
        await store.ParkAsync(row.Id, reason, cancellationToken);
        CommitmentLog.Parked(logger, row.TransactionUid, row.CallingAeTitle, reason);
    }
}
