using EchoClr.App.Commands;

namespace EchoClr.App.Tests.Commands;

public sealed class DicomFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Expand_Folder_TakesPart10FilesOnlyAndSorted()
    {
        byte[] part10 = [.. new byte[128], .. "DICM"u8, 0];
        Directory.CreateDirectory(Path.Combine(folder, "a"));
        File.WriteAllBytes(Path.Combine(folder, "b.dcm"), part10);
        File.WriteAllBytes(Path.Combine(folder, "a", "z"), part10);
        File.WriteAllText(Path.Combine(folder, "README"), "not DICOM");
        Assert.Equal([Path.Combine(folder, "a", "z"), Path.Combine(folder, "b.dcm")], DicomFiles.Expand([folder]));
        Assert.Equal([Path.Combine(folder, "README")], DicomFiles.Expand([Path.Combine(folder, "README")]));
    }

    [Fact]
    public void Expand_NothingThere_IsAnError()
    {
        Assert.Throws<CommandException>(() => DicomFiles.Expand([folder]));
        Assert.Throws<CommandException>(() => DicomFiles.Expand([Path.Combine(folder, "absent")]));
    }
}
