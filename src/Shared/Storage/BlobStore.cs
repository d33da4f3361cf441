using System.Collections.Concurrent;

namespace EchoClr.Shared.Storage;

/// <summary>
/// The folder of objects. Every name is ours; what a peer calls an object never becomes a path.
/// <code>
/// spool/GUID.part          being received; no row names it
/// objects/ab/cd/GUID.dcm   durable; an instance row or a conflict row names it, or it is an orphan
/// results/ab/cd/GUID.dcm   reports, saliency cines; a result row names it, or it is an orphan
/// clips/ab/cd/GUID.clip    masked cines for learning; a clip row names it, or it is an orphan
/// training/RUN-GUID.*      checkpoints and results of training runs; the run's row names those that count
/// </code>
/// </summary>
public sealed class BlobStore
{
    public const string Spool = "spool";
    public const string Objects = "objects";
    public const string Results = "results";
    public const string Clips = "clips";
    public const string Training = "training";

    /// <summary>
    /// Files without a row that are younger than this may be in the middle of being received or written: an association idles for a minute at most, a report is rendered in
    /// seconds, and a commit waits for seconds.
    /// </summary>
    public static readonly TimeSpan OrphanMinAge = TimeSpan.FromMinutes(10);

    /// <summary>How often older ones are swept.</summary>
    public static readonly TimeSpan OrphanSweepInterval = TimeSpan.FromHours(1);

    /// <summary>
    /// Files that go into one directory before the next is drawn: a directory that is new costs a creation and three flushes more than the file itself. Drawn anew so often, the
    /// 65,536 fill evenly.
    /// </summary>
    private const int FilesADirectory = 256;

    private static readonly Lock Drawing = new();
    private static string _fanOut = "";
    private static int _filesLeft;

    /// <summary>Directories that are durable.</summary>
    private readonly ConcurrentDictionary<string, SharedFlush> _directories = new(StringComparer.Ordinal);

    public BlobStore(string directory)
    {
        Root = Path.GetFullPath(directory);
        Directory.CreateDirectory(Root);
        foreach (var folder in (string[])[Spool, Objects, Results, Clips, Training])
            EnsureDirectory(Path.Combine(Root, folder));
    }

    /// <summary>The data directory.</summary>
    public string Root { get; }

    /// <summary>Where the file of a key lies. Keys come from our own rows.</summary>
    public string PathOf(string fileKey) => Path.Combine(Root, fileKey);

    /// <summary>The path of a new file that may be written without care: it is swept unless it is taken over.</summary>
    public string NewSpoolFile() => Path.Combine(Root, Spool, $"{Guid.NewGuid():N}.part");

    /// <summary>
    /// A fresh key. Never one made from the bytes: a writer that came again to a name would race the sweep, which took the file of an earlier life for an orphan.
    /// </summary>
    /// <param name="area"><see cref="Objects"/>, <see cref="Results"/> or <see cref="Clips"/>.</param>
    public static string NewKey(string area, string extension = ".dcm")
    {
        var name = Guid.NewGuid().ToString("N");
        lock (Drawing)
        {
            if (_filesLeft-- == 0)
                (_fanOut, _filesLeft) = ($"{name[..2]}/{name[2..4]}", FilesADirectory - 1);
            return $"{area}/{_fanOut}/{name}{extension}";
        }
    }

    /// <summary>
    /// Makes a whole file durable under a key: its bytes and its name. When this returns, a power cut loses neither. On the same file system as the data directory.
    /// </summary>
    public void TakeOver(string path, string fileKey)
    {
        var target = PathOf(fileKey);
        var directory = EnsureDirectory(Path.GetDirectoryName(target)!);
        // The name first: with a journal, the flush of the file then brings it along, and that of the directory finds nothing left to do.
        File.Move(path, target, overwrite: true);
        // died here -> object file without row, with whatever bytes a power cut leaves it, or still the spool file; both are swept
        try
        {
            Durable.FlushFile(target);
            directory.Flush();
        }
        catch (IOException)
        {
            // Nobody is told of it: not by this caller, who hears of the failure, and not by a row.
            File.Delete(target);
            throw;
        }
    }

    /// <summary>Deletes a file that no row names.</summary>
    public void Delete(string fileKey) => File.Delete(PathOf(fileKey));

    /// <summary>Keys of all files of an area that were last written before <paramref name="before"/>.</summary>
    public IEnumerable<string> List(string area, DateTimeOffset before) =>
        from file in new DirectoryInfo(Path.Combine(Root, area)).EnumerateFiles("*", SearchOption.AllDirectories)
        where file.LastWriteTimeUtc < before.UtcDateTime
        select Path.GetRelativePath(Root, file.FullName);

    /// <summary>Creates a directory durably. One that is there but not yet known to be durable may be another thread's that is not flushed yet: it is flushed once more.</summary>
    private SharedFlush EnsureDirectory(string path)
    {
        if (_directories.TryGetValue(path, out var durable))
            return durable;
        var parent = Path.GetDirectoryName(path)!;
        if (path != Root && parent.Length >= Root.Length)
            EnsureDirectory(parent);
        Directory.CreateDirectory(path);
        Durable.FlushDirectory(parent);
        return _directories.GetOrAdd(path, static directory => new SharedFlush(() => Durable.FlushDirectory(directory)));
    }
}
