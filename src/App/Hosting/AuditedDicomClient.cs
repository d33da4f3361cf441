using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Audit;

namespace EchoClr.App.Hosting;

/// <summary>The client of a running system: every query for a study is in the audit trail before it is asked. What is sent is recorded where the study is known.</summary>
internal sealed class AuditedDicomClient(IDicomClient client, AuditTrail audit) : IDicomClient
{
    private const string StudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";

    public Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken) => client.EchoAsync(peer, cancellationToken);

    public Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken) =>
        client.StoreAsync(peer, files, progress, cancellationToken);

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        await audit.RecordAsync(AuditEvents.Queried(peer.CallingAeTitle, peer.AeTitle, peer.Host, StudyRootFind, Identifier(level, keys), keys.GetValueOrDefault("StudyInstanceUID", "")), cancellationToken);
        return await client.FindAsync(peer, level, keys, cancellationToken);
    }

    public Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken) =>
        client.RequestCommitmentAsync(peer, transactionUid, objects, cancellationToken);

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
