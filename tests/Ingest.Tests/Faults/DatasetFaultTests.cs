using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Faults;

/// <summary>
/// The oracle for every row of <see cref="DatasetFaults"/>, over a socket and against the whole role: the status is the documented one; what was answered Success is in the store byte for
/// byte, once; what was not has left nothing but its row; no association, spool file or open file stays; and a clean study goes through within 5 s.
/// </summary>
[Collection(nameof(Alone))]
public sealed class DatasetFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan CleanStudyLimit = TimeSpan.FromSeconds(5);

    /// <summary>More than one object's header, its text and the row may cost, and less than any bomb.</summary>
    private const long MaxAllocated = 40L << 20;

    private readonly TemporaryFolder _folder = new();
    private ListeningIngest _ingest = null!;

    public static TheoryData<string> Items => [.. DatasetFaults.All.Select(fault => fault.Name)];

    public async ValueTask InitializeAsync() => _ingest = await ListeningIngest.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _ingest.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Items))]
    public async Task Fault(string item)
    {
        var fault = DatasetFaults.All.Single(row => row.Name == item);
        var path = Path.Combine(_folder.Path, "fault.dcm");
        fault.Write(path);
        var sent = (await File.ReadAllBytesAsync(path, default))[(int)DicomFile.ReadMeta(path).DatasetOffset..];

        var allocated = GC.GetTotalAllocatedBytes();
        var result = Assert.Single(await _ingest.SendAsync([path]));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        Assert.Equal(fault.Status, result.Status?.Code);
        Assert.Equal(fault.Status is null, result.ContextRefused);
        Assert.InRange(allocated, 0, MaxAllocated);
        if (fault.Status == 0)
        {
            var row = (await _ingest.Get<InstanceStore>().FindAsync(fault.SopInstanceUid, default))!;
            Assert.Equal(sent, (await File.ReadAllBytesAsync(_ingest.Get<BlobStore>().PathOf(row.FileKey!), default))[(int)row.DatasetOffset..]);
        }
        Assert.Equal(fault.Status == 0 ? 1 : 0, Directory.GetFiles(_ingest.Folder(BlobStore.Objects), "*", SearchOption.AllDirectories).Length);
        await AssertNothingLeftAsync();
        await StoreCleanStudyAsync();
    }

    private async Task StoreCleanStudyAsync()
    {
        var files = Enumerable.Range(1, 3).Select(k =>
        {
            var uid = $"1.2.77.1.{k}";
            var path = Path.Combine(_folder.Path, uid);
            new DicomFile(Arrival.Cine(study: "1.2.77", series: "1.2.77.1", instance: uid), TransferSyntax.ExplicitVRLittleEndian).Write(path);
            return path;
        }).ToList();
        using var limit = new CancellationTokenSource(CleanStudyLimit);
        Assert.All(await _ingest.SendAsync(files, limit.Token), result => Assert.Equal(DimseStatus.Success, result.Status));
    }

    private async Task AssertNothingLeftAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_ingest.Server.AssociationCount > 0 || OpenObjects() > 0)
            await Task.Delay(10, patience.Token);
        Assert.Empty(_ingest.Spooled);
    }

    /// <summary>Handles of this process on spooled files and objects.</summary>
    private int OpenObjects() => Directory.GetFiles("/proc/self/fd").Select(Target)
        .Count(target => target.StartsWith(_ingest.Folder(BlobStore.Spool), StringComparison.Ordinal) || target.StartsWith(_ingest.Folder(BlobStore.Objects), StringComparison.Ordinal));

    private static string Target(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // closed in the meantime
        }
    }
}

/// <summary>Tests that count what the whole process holds run beside no others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
