using System.Diagnostics;
using EchoClr.Crash.Peers;
using EchoClr.Crash.PowerCut;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Storage;

namespace EchoClr.Crash.Harness;

/// <summary>
/// Many lives of one product on one data folder. Each life first brings the last one's work to its end, which is audited; then studies come in and the process
/// dies at a drawn point. The folder is rebuilt from what was synced, and audited before anything has run on it.
/// </summary>
internal sealed class CrashRun : IAsyncDisposable
{
    /// <summary>For a start, and for everything owed to come to its end: far beyond what a busy machine takes, so that only a stuck study meets it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly CrashOptions _options;
    private readonly Random _random;
    private readonly ScriptedPacs _pacs;
    private readonly Sender _sender;
    private readonly Traffic _traffic;
    private readonly CrashChild _child;
    private readonly CrashAudit _audit;
    private readonly List<(int Number, KillPoint Point, Survival Survival, bool Reached)> _unsettled = [];
    private int _kills;

    private CrashRun(CrashOptions options, ScriptedPacs pacs, CrashChild child)
    {
        (_options, _pacs, _child) = (options, pacs, child);
        _random = new Random(options.Seed);
        _sender = new Sender(new DicomPeer("ECHOCLR", "127.0.0.1", child.Port, Sender.AeTitle));
        _traffic = new Traffic(_sender, Path.Combine(options.Folder, "outbox"), options.Seed, options.Stills);
        _audit = new CrashAudit(child.Data);
    }

    public static async Task<CrashRun> StartAsync(CrashOptions options)
    {
        Directory.CreateDirectory(options.Folder);
        CrashChild? child = null;
        // Each must know the other's port; the product's is drawn before it runs, and the PACS calls it only then.
        var pacs = await ScriptedPacs.StartAsync(() => new DicomPeer("ECHOCLR", "127.0.0.1", child!.Port, ScriptedPacs.AeTitle));
        child = new CrashChild(options, pacs.Port);
        return new CrashRun(options, pacs, child);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        await _pacs.DisposeAsync();
    }

    /// <summary>Kills so many times, and gives each kill's verdict as soon as it is known. After a violation nothing more can be learnt from the folder: it ends there.</summary>
    public async IAsyncEnumerable<KillVerdict> KillAsync(int kills, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i <= kills; i++)
        {
            var point = i == kills ? null : NextPoint();
            _child.Start(point);
            if (point is not { FromStart: true })
            {
                var violations = await SettleAsync(cancellationToken);
                foreach (var kill in _unsettled)
                    yield return new KillVerdict(kill.Number, kill.Point, kill.Survival, kill.Reached, violations);
                _unsettled.Clear();
                if (violations.Count > 0 || point is null)
                    yield break;
                _child.Arm();
            }
            var endedByItself = await WorkUntilDeathAsync(point, cancellationToken);
            var survival = _options.Survival ?? (Survival)_random.Next(3);
            Rebuild(survival);
            var kept = await _audit.CheckKeptAsync(_sender.Acknowledged, strict: false, cancellationToken);
            if (endedByItself is not null)
                kept.Add(endedByItself);
            File.Delete(Path.Combine(_child.Data, "echoclr.db-shm")); // the audit's
            _unsettled.Add((++_kills, point, survival, _child.Fired || point.After is not null));
            if (kept.Count > 0)
            {
                yield return new KillVerdict(_kills, point, survival, _child.Fired, kept);
                yield break;
            }
        }
    }

    private KillPoint NextPoint() => _options.Points is { } points ? points[_random.Next(points.Count)] : KillPoint.Draw(_random);

    /// <summary>Sends again what has no answer, and waits until everything has its end. What is wrong then, or stuck, is returned.</summary>
    private async Task<List<string>> SettleAsync(CancellationToken cancellationToken)
    {
        if (!await _child.IsListeningAsync(Patience, cancellationToken))
            return [$"the product does not start again; it said:\n{_child.LastWords}"];
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_sender.Unanswered is { Count: > 0 } unanswered)
                await _sender.SendAsync([.. unanswered], cancellationToken);
            if (_sender.Unanswered.Count == 0 && await _audit.CountUnfinishedAsync(cancellationToken) == 0 && await _audit.CountUnsweptAsync(cancellationToken) == 0)
                break;
            if (!_child.IsAlive)
                return [$"the product ended by itself; it said:\n{_child.LastWords}"];
            if (!_pacs.Faults.IsEmpty)
                throw new InvalidOperationException($"the scripted PACS is broken: {_pacs.Faults.First()}");
            if (Stopwatch.GetElapsedTime(started) > Patience)
                return [$"{await _audit.CountUnfinishedAsync(cancellationToken)} things did not come to their end, {await _audit.CountUnsweptAsync(cancellationToken)} files were not swept; the product said:\n{_child.LastWords}"];
            await Task.Delay(50, cancellationToken);
        }
        return
        [
            .. await _audit.CheckKeptAsync(_sender.Acknowledged, strict: true, cancellationToken),
            .. await _audit.CheckDeliveredAsync(_pacs, _traffic.AcknowledgedCines, cancellationToken),
            .. _sender.Refused.Where(answer => !answer.StartsWith("0111H", StringComparison.Ordinal)).Select(answer => $"refused: {answer}"),
        ];
    }

    private async Task<string?> WorkUntilDeathAsync(KillPoint point, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (await _child.IsListeningAsync(Patience, cancellationToken))
        {
            var sending = _traffic.SendAsync(cancellationToken);
            if (point.After is { } after)
                await Task.Delay(after, cancellationToken);
            else
                await UntilIdleAsync(sending, started, cancellationToken);
            var endedByItself = await _child.KillAsync();
            await sending;
            return endedByItself;
        }
        return await _child.KillAsync();
    }

    /// <summary>Until it is dead, or has nothing left to do.</summary>
    private async Task UntilIdleAsync(Task sending, long started, CancellationToken cancellationToken)
    {
        while (_child.IsAlive && Stopwatch.GetElapsedTime(started) < Patience)
        {
            if (sending.IsCompleted && await IsIdleAsync(cancellationToken))
                return;
            await Task.Delay(20, cancellationToken);
        }
    }

    private async Task<bool> IsIdleAsync(CancellationToken cancellationToken)
    {
        try
        {
            // What an earlier death left unanswered is sent again in a life that begins by settling, and this one may not have.
            return await _audit.CountUnfinishedAsync(cancellationToken) == 0;
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            return false; // it died in the middle of its first start
        }
    }

    /// <summary>Leaves of the folder what the death left; the machine was off for longer than the sweep spares a file.</summary>
    private void Rebuild(Survival survival)
    {
        using (var folder = new RebuiltFolder(_child.Data, _child.Shadows, Journal.Read(_child.Journal), survival, _random))
            folder.Rebuild();
        File.Delete(_child.Journal);
        foreach (var shadow in Directory.EnumerateFiles(_child.Shadows))
            File.Delete(shadow);
        // Shared memory is none after a power cut; after a mere death SQLite does not believe it either.
        File.Delete(Path.Combine(_child.Data, "echoclr.db-shm"));
        var longAgo = TimeProvider.System.GetUtcNow().UtcDateTime - 2 * BlobStore.OrphanMinAge;
        foreach (var area in ((string[])[BlobStore.Spool, BlobStore.Objects, BlobStore.Results, BlobStore.Clips]).Select(area => Path.Combine(_child.Data, area)).Where(Directory.Exists))
            foreach (var file in Directory.EnumerateFiles(area, "*", SearchOption.AllDirectories))
                File.SetLastWriteTimeUtc(file, longAgo);
    }
}
