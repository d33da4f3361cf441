using System.IO.MemoryMappedFiles;
using EchoClr.Shared.Storage;

namespace EchoClr.Crash.PowerCut;

/// <summary>Small sequences of file operations, run in a process of their own under libpowercut.so. Each finds "old" in the file a, and ends by SIGKILL.</summary>
internal static class Scenario
{
    public static readonly IReadOnlyDictionary<string, Action<string>> All = new Dictionary<string, Action<string>>
    {
        ["overwrite"] = folder => Write(folder, "a", "new", sync: false),
        ["overwrite, fsync"] = folder => Write(folder, "a", "new", sync: true),
        ["create"] = folder => Write(folder, "b", "new", sync: false),
        ["create, fsync"] = folder => Write(folder, "b", "new", sync: true),
        ["create, fsync of the directory only"] = folder =>
        {
            Write(folder, "b", "new", sync: false);
            Durable.FlushDirectory(folder);
        },
        ["create, fsync, fsync of the directory"] = folder =>
        {
            Write(folder, "b", "new", sync: true);
            Durable.FlushDirectory(folder);
        },
        ["append, fsync, append"] = folder =>
        {
            using var handle = File.OpenHandle(Path.Combine(folder, "a"), FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.Write(handle, " one"u8, 3);
            RandomAccess.FlushToDisk(handle);
            RandomAccess.Write(handle, " two"u8, 7);
        },
        ["truncate"] = folder =>
        {
            using var handle = File.OpenHandle(Path.Combine(folder, "a"), FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.SetLength(handle, 1);
        },
        ["truncate on opening"] = folder => File.WriteAllText(Path.Combine(folder, "a"), "n"),
        ["delete"] = folder => File.Delete(Path.Combine(folder, "a")),
        ["delete, fsync of the directory"] = folder =>
        {
            File.Delete(Path.Combine(folder, "a"));
            Durable.FlushDirectory(folder);
        },
        ["durable file over another"] = folder => Durable.WriteFile(Path.Combine(folder, "a"), "new"u8),
        ["rename over another"] = folder =>
        {
            Write(folder, "b", "new", sync: true);
            Durable.FlushDirectory(folder);
            File.Move(Path.Combine(folder, "b"), Path.Combine(folder, "a"), overwrite: true);
        },
        ["move without overwriting"] = folder => File.Move(Path.Combine(folder, "a"), Path.Combine(folder, "b")),
        ["all synced below a directory that is not"] = folder =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "d"));
            Write(folder, "d/b", "new", sync: true);
            Durable.FlushDirectory(Path.Combine(folder, "d"));
        },
        ["taken over"] = folder =>
        {
            var blobs = new BlobStore(folder);
            var spool = blobs.NewSpoolFile();
            File.WriteAllText(spool, "new");
            blobs.TakeOver(spool, "objects/aa/bb/b");
        },
        ["many pages"] = folder =>
        {
            using var handle = File.OpenHandle(Path.Combine(folder, "pages"), FileMode.Open, FileAccess.ReadWrite);
            for (var page = 0; page < 64; page++)
                RandomAccess.Write(handle, Enumerable.Repeat((byte)'n', 4096).ToArray(), page * 4096L);
        },
        ["shared mapping"] = folder =>
        {
            using var file = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "a"), FileMode.Open, null, 4096);
            using var view = file.CreateViewAccessor();
            view.Write(0, (byte)'x');
        },
        ["copy"] = folder => File.Copy(Path.Combine(folder, "a"), Path.Combine(folder, "b")),
    };

    public static int Run(string name, string folder)
    {
        All[name](folder);
        // Dies as a process dies: what the runtime would tidy up at its end stays undone.
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        return 0;
    }

    private static void Write(string folder, string name, string text, bool sync)
    {
        using var handle = File.OpenHandle(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(text), 0);
        if (sync)
            RandomAccess.FlushToDisk(handle);
    }
}
