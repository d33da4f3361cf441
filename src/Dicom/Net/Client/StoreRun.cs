using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Net.Client;

/// <summary>
/// One call of C-STORE for many files: a presentation context for each SOP class and transfer syntax, over as many associations as these need (128 contexts
/// each, so nearly always one). A file goes out in its own syntax; where that is Explicit VR Little Endian and not taken, in Implicit. Nothing is compressed or decompressed.
/// </summary>
internal sealed class StoreRun(DicomPeer peer, Func<IReadOnlyList<ProposedContext>, Task<ClientAssociation>> open, IProgress<StoreResult>? progress)
{
    private const int MaxContexts = 128; // odd ids from 1 to 255 (PS3.8 9.3.2.2)

    public async Task<IReadOnlyList<StoreResult>> SendAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var results = new StoreResult?[files.Count];
        var plans = Plan(files, results);
        var connected = false;
        foreach (var plan in plans)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var association = await open(plan.Contexts).ConfigureAwait(false);
                connected = true;
                await using (association.ConfigureAwait(false))
                    await SendAsync(association, plan, results, cancellationToken).ConfigureAwait(false);
            }
            catch (DicomNetworkException e) when (connected)
            {
                // Results that exist are worth more than an exception; what was not sent says why.
                foreach (var (index, file, _) in plan.Files.Where(item => results[item.Index] is null))
                    Report(results, index, new StoreResult(file.Path, file.SopInstanceUid, null, e.Message));
            }
        }
        return [.. results.Select(result => result!)];
    }

    private async Task SendAsync(ClientAssociation association, StorePlan plan, StoreResult?[] results, CancellationToken cancellationToken)
    {
        foreach (var (index, file, contextId) in plan.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var taken = association.Accepted.TryGetValue(contextId, out var context);
            if (!taken && plan.ImplicitContextOf(file) is { } otherId)
                taken = association.Accepted.TryGetValue(otherId, out context);
            if (!taken || context is null)
            {
                byte? result = association.Refused.TryGetValue(contextId, out var refused) ? refused : null;
                var why = $"{ClientAssociation.Name(peer)} does not take {TransferSyntax.Parse(file.TransferSyntaxUid).Name} of {DicomUid.NameOf(file.SopClassUid) ?? $"SOP class {file.SopClassUid}"}: {RejectionText.OfContext(result)}.";
                Report(results, index, new StoreResult(file.Path, file.SopInstanceUid, null, why) { ContextRefused = true });
                continue;
            }
            try
            {
                Report(results, index, await StoreAsync(association, context, file).ConfigureAwait(false));
            }
            catch (Exception e) when (e is AssociationEndedException or DimseViolationException or IOException)
            {
                throw await association.FailAsync(e, "an instance was stored").ConfigureAwait(false);
            }
        }
        await association.ReleaseAsync().ConfigureAwait(false);
    }

    private async Task<StoreResult> StoreAsync(ClientAssociation association, AcceptedContext context, OutgoingFile file)
    {
        var request = new CommandSet { Field = CommandField.CStoreRq, AffectedSopClassUid = file.SopClassUid, AffectedSopInstanceUid = file.SopInstanceUid, Priority = 0 };
        if (context.TransferSyntax != file.TransferSyntaxUid)
            return await StoreImplicitAsync(association, context, file, request).ConfigureAwait(false);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(file.Path, options: FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unsendable(file.Path, file.SopInstanceUid, e);
        }
        using (handle)
        {
            var length = RandomAccess.GetLength(handle) - file.DatasetOffset;
            var (response, responseTime) = await association.RequestAsync(context, request, handle, file.DatasetOffset, length).ConfigureAwait(false);
            return Result(file, response.DimseStatus) with { ResponseTime = responseTime };
        }
    }

    private async Task<StoreResult> StoreImplicitAsync(ClientAssociation association, AcceptedContext context, OutgoingFile file, CommandSet request)
    {
        byte[] dataset;
        try
        {
            dataset = DicomDatasetWriter.Encode(DicomFile.Read(file.Path).Dataset, TransferSyntax.ImplicitVRLittleEndian);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DicomFormatException)
        {
            return Unsendable(file.Path, file.SopInstanceUid, e);
        }
        return Result(file, (await association.RequestAsync(context, request, dataset).ConfigureAwait(false)).DimseStatus);
    }

    private StoreResult Result(OutgoingFile file, DimseStatus status) =>
        new(file.Path, file.SopInstanceUid, status, status.IsSuccess ? null : $"{ClientAssociation.Name(peer)} answered {status}.");

    // A file whose class and syntax an earlier association already proposes joins that one.
    private List<StorePlan> Plan(IReadOnlyList<string> files, StoreResult?[] results)
    {
        var plans = new List<StorePlan>();
        for (var index = 0; index < files.Count; index++)
        {
            OutgoingFile file;
            try
            {
                file = OutgoingFile.Read(files[index]);
            }
            catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException)
            {
                Report(results, index, Unsendable(files[index], "", e));
                continue;
            }
            if (!plans.Any(plan => plan.TryAdd(index, file)))
            {
                var plan = new StorePlan(MaxContexts);
                plan.TryAdd(index, file);
                plans.Add(plan);
            }
        }
        return plans;
    }

    private static StoreResult Unsendable(string path, string sopInstanceUid, Exception e) => new(path, sopInstanceUid, null, $"{path} cannot be sent: {e.Message}");

    private void Report(StoreResult?[] results, int index, StoreResult result)
    {
        results[index] = result;
        progress?.Report(result);
    }
}
