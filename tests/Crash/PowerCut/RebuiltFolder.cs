using System.Runtime.InteropServices;

namespace EchoClr.Crash.PowerCut;

/// <summary>Makes of a folder what a power cut would have left of it: takes back, last change first, what the journal says was not synced.</summary>
/// <param name="folder">What was watched.</param>
/// <param name="shadows">A hard link to every file that was touched, named by its inode.</param>
internal sealed class RebuiltFolder(string folder, string shadows, IReadOnlyList<JournalRecord> journal, Survival survival, Random random) : IDisposable
{
    private const int PageSize = 4096; // what a file system writes at a time

    private readonly Dictionary<ulong, FileStream> _files = [];

    /// <summary>How many of the last changes of each thing are to be taken back.</summary>
    private readonly Dictionary<(ulong Inode, long Page), int> _pages = [];
    private readonly Dictionary<ulong, int> _sizes = [];
    private readonly Dictionary<ulong, int> _names = [];

    /// <summary>Returns how many changes were not synced.</summary>
    public int Rebuild()
    {
        if (survival == Survival.Everything)
            return 0;
        var synced = journal.Where(record => record.Kind == JournalKind.SyncDone).GroupBy(record => record.Inode).ToDictionary(group => group.Key, group => group.Max(record => record.Other));
        var unsynced = journal.Where(record => record.IsName && record.Sequence > synced.GetValueOrDefault(record.Directory)
            || record.IsContent && record.Sequence > synced.GetValueOrDefault(record.Inode)).ToList();
        Draw(unsynced);
        foreach (var record in unsynced.AsEnumerable().Reverse())
        {
            if (record.IsContent)
                TakeBackContent(record);
            else if (Take(_names, record.Directory))
                TakeBackName(record);
        }
        return unsynced.Count;
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    /// <summary>Decides what is lost. Of the changes to one page, one size or one directory it is always the last ones.</summary>
    private void Draw(IReadOnlyList<JournalRecord> unsynced)
    {
        foreach (var record in unsynced)
        {
            if (record.IsName)
                Count(_names, record.Directory);
            if (record.ChangesSize)
                Count(_sizes, record.Inode);
            if (record.Kind == JournalKind.Write)
                foreach (var (page, _, _) in Pages(record))
                    Count(_pages, (record.Inode, page));
        }
        if (survival == Survival.Nothing)
            return;
        Lessen(_names);
        Lessen(_sizes);
        Lessen(_pages);

        static void Count<T>(Dictionary<T, int> counts, T key) where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;

        void Lessen<T>(Dictionary<T, int> counts) where T : notnull
        {
            foreach (var key in counts.Keys.ToList())
                counts[key] = random.Next(counts[key] + 1);
        }
    }

    private static bool Take<T>(Dictionary<T, int> counts, T key) where T : notnull
    {
        if (counts.GetValueOrDefault(key) == 0)
            return false;
        counts[key]--;
        return true;
    }

    private void TakeBackContent(JournalRecord record)
    {
        var file = Open(record.Inode);
        foreach (var (page, from, to) in record.Kind == JournalKind.Write ? Pages(record) : [])
        {
            if (!Take(_pages, (record.Inode, page)))
                continue;
            // What the write replaced; behind the old end of the file there was nothing, and a page that never came to the disk reads as zeros.
            var bytes = new byte[to - from];
            var (start, replaced) = ((int)(from - record.Offset), (int)Math.Min(to - record.Offset, record.Data.Length));
            if (replaced > start)
                record.Data.AsSpan(start, replaced - start).CopyTo(bytes);
            RandomAccess.Write(file.SafeFileHandle, bytes.AsSpan(0, (int)Math.Clamp(RandomAccess.GetLength(file.SafeFileHandle) - from, 0, bytes.Length)), from);
        }
        if (!record.ChangesSize || !Take(_sizes, record.Inode))
            return;
        RandomAccess.SetLength(file.SafeFileHandle, record.OldSize);
        if (record.Kind == JournalKind.Truncate)
            RandomAccess.Write(file.SafeFileHandle, record.Data, record.Offset);
    }

    private void TakeBackName(JournalRecord record)
    {
        var path = Path.Combine(folder, record.Path);
        switch (record.Kind)
        {
            case JournalKind.Create:
                File.Delete(path);
                break;
            case JournalKind.MakeDirectory when Directory.Exists(path):
                // Whatever is in it may be synced a hundred times: without its own name it is gone.
                Directory.Delete(path, recursive: true);
                break;
            case JournalKind.Link:
                File.Delete(Path.Combine(folder, record.Path2));
                break;
            case JournalKind.Unlink:
                Link(record.Inode, path);
                break;
            case JournalKind.RemoveDirectory:
                Directory.CreateDirectory(path);
                break;
            case JournalKind.Rename:
                File.Delete(Path.Combine(folder, record.Path2));
                if (record.Other != 0)
                    Link(record.Other, Path.Combine(folder, record.Path2));
                Link(record.Inode, path);
                break;
        }
    }

    /// <summary>Gives a file its name back, unless the directory of that name is lost as well.</summary>
    private void Link(ulong inode, string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            return;
        File.Delete(path);
        if (link(Shadow(inode), path) != 0)
            throw new IOException($"{path} cannot be linked again: error {Marshal.GetLastPInvokeError()}");
    }

    private static IEnumerable<(long Page, long From, long To)> Pages(JournalRecord record)
    {
        for (var from = record.Offset; from < record.Offset + record.Length;)
        {
            var to = Math.Min((from / PageSize + 1) * PageSize, record.Offset + record.Length);
            yield return (from / PageSize, from, to);
            from = to;
        }
    }

    private FileStream Open(ulong inode)
    {
        if (!_files.TryGetValue(inode, out var file))
            _files.Add(inode, file = new FileStream(Shadow(inode), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0));
        return file;
    }

    private string Shadow(ulong inode) => Path.Combine(shadows, inode.ToString(System.Globalization.CultureInfo.InvariantCulture));

    [DllImport("libc", SetLastError = true)]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
