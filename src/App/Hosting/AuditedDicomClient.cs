using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Audit;

namespace EchoClr.App.Hosting;

/// <summary>The client of a running system: every query and retrieval of a study is in the audit trail before it is asked. What is sent is recorded where the study is known.</summary>
internal sealed class AuditedDicomClient(IDicomClient client, AuditTrail audit) : IDicomClient
{
    private const string StudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";
    private const string StudyRootMove = "1.2.840.10008.5.1.4.1.2.2.2";

    public Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken) => client.EchoAsync(peer, cancellationToken);

    public Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken) =>
        client.StoreAsync(peer, files, progress, cancellationToken);

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        await RecordAsync(StudyRootFind, peer, level, keys, cancellationToken);
        return await client.FindAsync(peer, level, keys, cancellationToken);
    }

    public async Task<MoveResult> MoveAsync(
        DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken)
    {
        await RecordAsync(StudyRootMove, peer, level, keys, cancellationToken);
        return await client.MoveAsync(peer, destinationAeTitle, level, keys, progress, cancellationToken);
    }

    public Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken) => client.ReportCommitmentAsync(peer, report, cancellationToken);

    public Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken) =>
        client.RequestCommitmentAsync(peer, transactionUid, objects, cancellationToken);

    private Task RecordAsync(string sopClassUid, DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken) => audit.RecordAsync(
        AuditEvents.Queried(peer.CallingAeTitle, peer.AeTitle, peer.Host, sopClassUid, Identifier(level, keys), keys.GetValueOrDefault("StudyInstanceUID", "")), cancellationToken);

    private static byte[] Identifier(string level, IReadOnlyDictionary<string, string> keys)
    {
        var identifier = new DicomDataset().Set(DicomTags.QueryRetrieveLevel, level);
        foreach (var (keyword, value) in keys)
        {
            if (DicomDictionary.TryFindTag(keyword, out var tag) && value.Length > 0)
                identifier.Set(tag, value.Split('\\'));
        }
        return DicomDatasetWriter.Encode(identifier, TransferSyntax.ImplicitVRLittleEndian);
    }
}
