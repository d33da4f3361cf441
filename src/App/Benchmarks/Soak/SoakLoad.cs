using System.Collections.Concurrent;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Benchmarks.Soak;

/// <summary>What goes wrong beside an object.</summary>
internal enum SoakFault
{
    /// <summary>The cable is cut in the middle; sent again as a PACS would.</summary>
    Cut,

    /// <summary>An object without a Study Instance UID: C001H.</summary>
    Malformed,

    /// <summary>The same object again: Success.</summary>
    Duplicate,

    /// <summary>Other bytes under the same SOP Instance UID: 0111H.</summary>
    OtherBytes,

    /// <summary>A SOP class that is not accepted.</summary>
    RefusedContext,

    /// <summary>A caller that is not listed.</summary>
    Stranger,
}

/// <summary>A cart that sends studies made of drawn objects under ever new identities, and now and then does something wrong. Files go when they are sent.</summary>
internal sealed class SoakLoad(SoakOptions options, IReadOnlyList<string> templates, IDicomClient client, DicomPeer listener, string cartFolder)
{
    private const string CTImageStorage = "1.2.840.10008.5.1.4.1.1.2";
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Random random = new(options.Seed);
    private int faults;

    /// <summary>Answered Success, each once.</summary>
    public ConcurrentDictionary<string, bool> Kept { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<SoakFault, int> Faults { get; } = new();

    /// <summary>Answers that a sender should not get.</summary>
    public ConcurrentQueue<string> Unexpected { get; } = [];

    public async Task SendStudyAsync(int number, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cartFolder, $"{number}")).FullName;
        var files = Enumerable.Range(0, options.ObjectsAStudy).Select(index => Write(folder, number, index)).ToList();
        await SendUntilKeptAsync(files, cancellationToken);
        foreach (var file in files.Where(_ => IsFaulty()))
            await DoWrongAsync(file, folder, cancellationToken);
        Directory.Delete(folder, recursive: true);
    }

    private bool IsFaulty()
    {
        lock (gate)
            return random.NextDouble() < options.Faults;
    }

    private async Task SendUntilKeptAsync(IReadOnlyList<string> whole, CancellationToken cancellationToken)
    {
        var files = whole.ToList();
        while (files.Count > 0)
        {
            try
            {
                foreach (var result in await client.StoreAsync(listener, files, null, cancellationToken))
                {
                    if (result.Stored)
                        Kept[result.SopInstanceUid] = files.Remove(result.File);
                    else if (result.Status?.Code != 0xA700)
                        Unexpected.Enqueue($"a good object was answered {result.Status}: {result.Error}");
                }
            }
            catch (DicomNetworkException e)
            {
                Unexpected.Enqueue($"a good association failed: {e.Message}");
            }
            if (files.Count > 0)
                await Task.Delay(RetryPause, cancellationToken);
        }
    }

    private async Task DoWrongAsync(string file, string folder, CancellationToken cancellationToken)
    {
        var fault = (SoakFault)((Interlocked.Increment(ref faults) - 1) % Enum.GetValues<SoakFault>().Length);
        Faults.AddOrUpdate(fault, 1, (_, count) => count + 1);
        switch (fault)
        {
            case SoakFault.Cut:
                var another = Changed(file, folder, dataset => dataset.Set(DicomTags.SOPInstanceUID, DicomUid.FromName("soak cut", file)));
                await CutAsync(another, cancellationToken);
                await SendUntilKeptAsync([another], cancellationToken);
                break;
            case SoakFault.Malformed:
                await ExpectAsync(fault, Changed(file, folder, dataset => dataset.Set(DicomTags.SOPInstanceUID, DicomUid.FromName("soak malformed", file)).SetEmpty(DicomTags.StudyInstanceUID)), result => result.Status?.Code == 0xC001, cancellationToken);
                break;
            case SoakFault.Duplicate:
                await ExpectAsync(fault, file, result => result.Status is { IsSuccess: true }, cancellationToken);
                break;
            case SoakFault.OtherBytes:
                await ExpectAsync(fault, Changed(file, folder, dataset => dataset.Set(DicomTags.ImageComments, "other bytes")), result => result.Status?.Code == 0x0111, cancellationToken);
                break;
            case SoakFault.RefusedContext:
                await ExpectAsync(fault, Changed(file, folder, dataset => dataset.Set(DicomTags.SOPClassUID, CTImageStorage).Set(DicomTags.SOPInstanceUID, DicomUid.FromName("soak class", file))), result => result.ContextRefused, cancellationToken);
                break;
            default:
                await CallAsStrangerAsync(file, cancellationToken);
                break;
        }
    }

    private async Task ExpectAsync(SoakFault fault, string file, Func<StoreResult, bool> expected, CancellationToken cancellationToken)
    {
        try
        {
            var result = (await client.StoreAsync(listener, [file], null, cancellationToken))[0];
            if (!expected(result))
                Unexpected.Enqueue($"{fault} was answered {result.Status}: {result.Error}");
        }
        // All contexts refused: some clients call that an association that failed.
        catch (DicomNetworkException e) when (fault != SoakFault.RefusedContext)
        {
            Unexpected.Enqueue($"{fault}: {e.Message}");
        }
    }

    private async Task CutAsync(string file, CancellationToken cancellationToken)
    {
        await using var proxy = new CuttingProxy(listener.Port, new FileInfo(file).Length / 2);
        try
        {
            if ((await client.StoreAsync(listener with { Port = proxy.Port }, [file], null, cancellationToken))[0].Stored)
                Unexpected.Enqueue("an object went through a cable that was cut");
        }
        catch (DicomNetworkException)
        {
            // As it should be.
        }
    }

    private async Task CallAsStrangerAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await client.StoreAsync(listener with { CallingAeTitle = "STRANGER" }, [file], null, cancellationToken);
            Unexpected.Enqueue("a stranger was let in");
        }
        catch (DicomNetworkException)
        {
            // As it should be.
        }
    }

    private string Write(string folder, int number, int index)
    {
        var template = templates[(number + index) % templates.Count];
        var target = Path.Combine(folder, $"{index}.dcm");
        Rewrite(template, target, dataset => dataset
            .Set(DicomTags.StudyInstanceUID, DicomUid.FromName("soak study", $"{options.Seed}", $"{number}"))
            .Set(DicomTags.SeriesInstanceUID, DicomUid.FromName("soak series", $"{options.Seed}", $"{number}"))
            .Set(DicomTags.SOPInstanceUID, DicomUid.FromName("soak instance", $"{options.Seed}", $"{number}", $"{index}"))
            .Set(DicomTags.PatientID, $"SOAK-{number}").Set(DicomTags.InstanceNumber, index + 1));
        return target;
    }

    private static string Changed(string file, string folder, Action<DicomDataset> change)
    {
        var target = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}-changed.dcm");
        Rewrite(file, target, change);
        return target;
    }

    private static void Rewrite(string source, string target, Action<DicomDataset> change)
    {
        var file = DicomFile.Read(source);
        change(file.Dataset);
        new DicomFile(file.Dataset, file.TransferSyntax).Write(target);
    }
}
