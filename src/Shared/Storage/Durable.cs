using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EchoClr.Shared.Storage;

/// <summary>Flushes files and directories to the disk. A new or renamed name is durable only when its directory is flushed too (fsync(2), NOTES).</summary>
public static class Durable
{
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExec = 0x80000;

    /// <summary>Flushes a file's bytes and length, whoever wrote them.</summary>
    public static void FlushFile(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes the names in a directory. .NET opens no directories, so this asks the C library.</summary>
    public static void FlushDirectory(string path)
    {
        var descriptor = NativeMethods.open(path, OpenReadOnly | OpenCloseOnExec);
        if (descriptor < 0)
            throw Failure("open", path);
        try
        {
            if (NativeMethods.fsync(descriptor) != 0)
                throw Failure("fsync", path);
        }
        finally
        {
            _ = NativeMethods.close(descriptor);
        }
    }

    /// <summary>Writes a whole file durably, so that a reader never sees half of it.</summary>
    public static void WriteFile(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(handle, bytes, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a file a second name on the same file system (link(2)).</summary>
    public static void Link(string existing, string name)
    {
        if (NativeMethods.link(existing, name) != 0)
            throw Failure("link", name);
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        // The HResult of an IOException is the errno on Unix: it tells a full disk (ENOSPC) from a broken one.
        return new IOException($"{call} {path}: {new Win32Exception(error).Message}", error);
    }

    private static class NativeMethods
    {
        // Linux: off_t plays no part in these, so they are the same on every architecture.
        [DllImport("libc", SetLastError = true)]
        internal static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", SetLastError = true)]
        internal static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

        [DllImport("libc", SetLastError = true)]
        internal static extern int fsync(int descriptor);

        [DllImport("libc", SetLastError = true)]
        internal static extern int close(int descriptor);
    }
}
