using System.Buffers.Binary;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Faults;

/// <summary>Item 15 of the list of bad inputs: an object beyond what 32 signed bits can count.</summary>
[Collection(nameof(Alone))]
public sealed class LargeObjectTests
{
    private const uint PixelBytes = (1u << 31) + (1u << 20);

    [Fact, Trait("Suite", "long")]
    public async Task Store_ObjectOfMoreThan2GiB_IsKeptWhole_InLittleMemory()
    {
        await using var ingest = await ListeningIngest.StartAsync();
        using var folder = new TemporaryFolder();
        Assert.SkipUnless(new DriveInfo(folder.Path).AvailableFreeSpace > 8L << 30, "less than 8 GiB are free in the temporary folder");
        var path = Path.Combine(folder.Path, "volume.dcm");
        new DicomFile(Arrival.Cine(), TransferSyntax.ExplicitVRLittleEndian).Write(path);
        await using (var file = File.OpenWrite(path))
        {
            file.Seek(0, SeekOrigin.End);
            byte[] header = [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'B', 0, 0, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), PixelBytes);
            file.Write(header);
            file.SetLength(file.Position + PixelBytes); // a hole: it costs the sender's disk nothing
        }
        var sent = new FileInfo(path).Length - DicomFile.ReadMeta(path).DatasetOffset;

        var before = Environment.WorkingSet;
        var most = before;
        var sending = ingest.SendAsync([path]);
        while (await Task.WhenAny(sending, Task.Delay(50)) != sending)
            most = Math.Max(most, Environment.WorkingSet);
        Assert.Equal(DimseStatus.Success, Assert.Single(await sending).Status);
        TestContext.Current.TestOutputHelper!.WriteLine($"resident: {before >> 20} MiB before, at most {most >> 20} MiB");
        Assert.InRange(most - before, long.MinValue, 256L << 20); // both sides: nothing of the object's size
        var row = (await ingest.Get<InstanceStore>().FindAsync("1.2.3.1.1", default))!;
        Assert.Equal(sent, row.DatasetLength);
        Assert.Equal(sent + row.DatasetOffset, new FileInfo(ingest.Get<BlobStore>().PathOf(row.FileKey!)).Length);
    }
}
