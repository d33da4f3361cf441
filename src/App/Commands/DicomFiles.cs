namespace EchoClr.App.Commands;

/// <summary>The files that PATH arguments name: files as they are, folders with all below them.</summary>
internal static class DicomFiles
{
    private const int PreambleLength = 128; // PS3.10 7.1

    /// <summary>In the order given, folders sorted by path. In a folder only Part 10 files count (the prefix DICM); a file named outright is taken as it is.</summary>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
                files.Add(Path.GetFullPath(path));
            else if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(Path.GetFullPath(path), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(HasPrefix));
            else
                throw new CommandException($"there is no file or folder {path}; check the path");
        }
        return files.Count > 0 ? files : throw new CommandException($"there is no DICOM file in {string.Join(", ", paths)}; name a folder with .dcm files");
    }

    private static bool HasPrefix(string path)
    {
        Span<byte> start = stackalloc byte[PreambleLength + 4];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[PreambleLength..].SequenceEqual("DICM"u8);
    }
}
