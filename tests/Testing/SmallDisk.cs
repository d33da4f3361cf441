using System.Diagnostics;
using Xunit;

namespace EchoClr.Testing;

/// <summary>A file system of its own that a test may fill: a tmpfs of a few MiB. The calling test skips, with the reason, where mounting is not allowed.</summary>
public sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(int mebibytes, int inodes = 0)
    {
        var disk = new SmallDisk(Directory.CreateTempSubdirectory("echoclr-disk-").FullName);
        var options = $"size={mebibytes}m{(inodes > 0 ? $",nr_inodes={inodes}" : "")}";
        if (Run("mount", "-t", "tmpfs", "-o", options, "echoclr-test", disk.Path) is { } refusal)
        {
            Directory.Delete(disk.Path);
            Assert.Skip($"a small file system cannot be mounted here: {refusal}");
        }
        return disk;
    }

    /// <summary>Fills the disk up to so many free bytes, and gives the file to delete.</summary>
    public string Fill(long leaveBytes)
    {
        var ballast = System.IO.Path.Combine(Path, "ballast");
        using var stream = File.Create(ballast);
        var block = new byte[4096];
        try
        {
            // Asked anew each time: who else writes to the disk must not make it fuller than was wanted, or emptier.
            while (new DriveInfo(Path).AvailableFreeSpace - leaveBytes >= block.Length)
            {
                stream.Write(block);
                stream.Flush();
            }
        }
        catch (IOException)
        {
            // Full already, by somebody else's last block.
        }
        return ballast;
    }

    /// <summary>Uses up every inode but so many, and gives the folder to delete.</summary>
    public string UseInodes(int leave)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, "inodes")).FullName;
        var made = 0;
        try
        {
            for (; ; made++)
                File.Create(System.IO.Path.Combine(folder, $"{made}")).Dispose();
        }
        catch (IOException)
        {
            for (; leave > 0; leave--)
                File.Delete(System.IO.Path.Combine(folder, $"{--made}"));
        }
        return folder;
    }

    public void SetReadOnly(bool readOnly) => Assert.Null(Run("mount", "-o", $"remount,{(readOnly ? "ro" : "rw")}", Path));

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        Directory.Delete(Path);
    }

    /// <summary>Null when it worked, else why not.</summary>
    private static string? Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
