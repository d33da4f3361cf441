using EchoClr.Dicom;
using EchoClr.Dicom.Ports;

namespace EchoClr.Inference.Tests.World;

/// <summary>A PACS in memory that does what a test tells it. By default it takes everything, and commits on the association of the request.</summary>
internal sealed class ScriptedDicomClient : IDicomClient
{
    private readonly Lock _lock = new();

    /// <summary>SOP instances in the order in which they were taken, with repetitions.</summary>
    public List<(string SopClassUid, string SopInstanceUid)> Stored { get; } = [];

    public List<(string TransactionUid, IReadOnlyList<SopReference> Objects)> Requested { get; } = [];
    public int Queries { get; private set; }
    public HashSet<string> RefusedClasses { get; } = [];

    /// <summary>What it holds; a test may take something away.</summary>
    public HashSet<string> Holds { get; } = [];

    /// <summary>The status of a C-STORE, by SOP class; default Success.</summary>
    public Func<string, DimseStatus> StoreStatus { get; set; } = _ => DimseStatus.Success;

    /// <summary>What every C-STORE association meets; null is none.</summary>
    public string? Away { get; set; }

    /// <summary>What a commitment request meets; null is none.</summary>
    public string? NoCommitment { get; set; }

    /// <summary>What a query meets; null is none.</summary>
    public string? NoQuery { get; set; }

    /// <summary>What it says of every study that it is asked about; null does not know it.</summary>
    public Dictionary<string, string>? Study { get; set; } = [];

    /// <summary>The report on the association of the request; null stays silent.</summary>
    public Func<string, IReadOnlyList<SopReference>, CommitmentReport?> Report { get; set; } = (transaction, objects) => new CommitmentReport(transaction, objects, []);

    public Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken) => Task.FromResult(new EchoResult(DimseStatus.Success, TimeSpan.Zero));

    public async Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Away is { } away)
            throw new DicomNetworkException(away);
        return [.. files.Select(Store)];
    }

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        Queries++;
        if (NoQuery is { } reason)
            throw new DicomNetworkException(reason);
        if (level == "STUDY")
            return Task.FromResult<IReadOnlyList<IReadOnlyDictionary<string, string>>>(Study is null ? [] : [new Dictionary<string, string>(keys.Concat(Study).GroupBy(key => key.Key).ToDictionary(group => group.Key, group => group.Last().Value))]);
        Assert.Equal("IMAGE", level);
        Assert.All(["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"], key => Assert.NotEmpty(keys[key])); // all unique keys (PS3.4 C.4.1.1.3.1)
        return Task.FromResult<IReadOnlyList<IReadOnlyDictionary<string, string>>>(Holds.Contains(keys["SOPInstanceUID"]) ? [keys] : []);
    }

    public Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken) => throw new InvalidOperationException("nobody is reported to here");

    public Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken)
    {
        Requested.Add((transactionUid, objects));
        return NoCommitment is { } reason
            ? throw new DicomNetworkException(reason)
            : Task.FromResult(new CommitmentRequestResult(DimseStatus.Success, Report(transactionUid, objects)));
    }

    public Task<MoveResult> MoveAsync(
        DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException("inference fetches nothing");

    private StoreResult Store(string file)
    {
        var dataset = DicomFile.Read(file, DicomReadOptions.Header).Dataset;
        var (sopClass, instance) = (dataset.GetString(DicomTags.SOPClassUID)!, dataset.GetString(DicomTags.SOPInstanceUID)!);
        if (RefusedClasses.Contains(sopClass))
            return new StoreResult(file, instance, null, "abstract syntax not supported") { ContextRefused = true };
        var status = StoreStatus(sopClass);
        var result = new StoreResult(file, instance, status, null);
        if (result.Stored)
        {
            lock (_lock)
            {
                Stored.Add((sopClass, instance));
                Holds.Add(instance);
            }
        }
        return result;
    }
}
