using System.Collections.Concurrent;
using System.Security.Cryptography;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Crash.Peers;

/// <summary>The cart: sends files, remembers every Success with the hash of the bytes it was for, and sends again what was not answered.</summary>
internal sealed class Sender(DicomPeer product)
{
    public const string AeTitle = "CART";

    private readonly DicomClient _client = new(new DicomClientOptions { ReleaseTimeout = TimeSpan.FromSeconds(1) }, TimeProvider.System);
    private readonly ConcurrentDictionary<string, string> _acknowledged = new();
    private readonly ConcurrentDictionary<string, bool> _unanswered = new();

    /// <summary>SHA-256 of the data set that was answered Success, by SOP Instance UID.</summary>
    public IReadOnlyDictionary<string, string> Acknowledged => _acknowledged;

    /// <summary>Files that were to be sent and have no answer.</summary>
    public IReadOnlyCollection<string> Unanswered => [.. _unanswered.Keys];

    /// <summary>Answers that were no Success, with their files, oldest first: a conflict is answered so, and nothing else should be.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Sends over one association. The product's death ends it; what was answered before counts.</summary>
    public async Task SendAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
            _unanswered[file] = true;
        try
        {
            await _client.StoreAsync(product, files, new Answers(this), cancellationToken);
        }
        catch (DicomNetworkException)
        {
            // It died, or was not up yet. The answers that came are noted.
        }
    }

    private void Note(StoreResult result)
    {
        if (result.Status is not { } status)
            return;
        _unanswered.TryRemove(result.File, out _);
        if (status.IsSuccess)
            _acknowledged[result.SopInstanceUid] = DatasetSha256(result.File);
        else if (status.Code is 0xA700 or 0x0110)
            _unanswered[result.File] = true; // a fault of the moment: again later
        else
            Refused.Enqueue($"{status} {result.File}");
    }

    private static string DatasetSha256(string file)
    {
        using var stream = File.OpenRead(file);
        stream.Position = OutgoingFile.Read(file).DatasetOffset;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed class Answers(Sender sender) : IProgress<StoreResult>
    {
        public void Report(StoreResult value) => sender.Note(value);
    }
}
