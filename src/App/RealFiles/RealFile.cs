using EchoClr.Dicom.Ports;
using EchoClr.Inference.Analysis;

namespace EchoClr.App.RealFiles;

/// <summary>A file of the test data.</summary>
/// <param name="Folder">Its folder, which is its kind.</param>
/// <param name="Name">Folder and file name, with a slash.</param>
internal sealed record RealFile(string Folder, string Name, string Path)
{
    /// <summary>All files in sub-folders of <paramref name="data"/>. The echo folders come first, so that what is well formed arrives before its malformed copies.</summary>
    public static IReadOnlyList<RealFile> List(string data)
    {
        var root = System.IO.Path.GetFullPath(data);
        if (!Directory.Exists(root))
            throw new CommandException($"there is no folder {data}; name the one with the real files");
        var files = Directory.EnumerateDirectories(root)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => new RealFile(System.IO.Path.GetFileName(folder), System.IO.Path.GetRelativePath(root, path), path)))
            .OrderBy(file => file.Folder.StartsWith("echo", StringComparison.Ordinal) ? 0 : 1).ThenBy(file => file.Name, StringComparer.Ordinal)
            .ToList();
        return files.Count > 0 ? files : throw new CommandException($"there is no file in the folders of {data}; name the folder with the real files");
    }
}

/// <summary>How a file fared with the listener.</summary>
/// <param name="Received">What the sender was told, and whether what is kept is what was sent, in words.</param>
/// <param name="Kept">The file in the store; null where nothing was kept.</param>
internal sealed record Arrival(RealFile File, StoreResult Sent, string Received, KeptFile? Kept);

/// <param name="InstanceId">The row of the SOP Instance UID; null where the file was kept aside, because other bytes had the UID.</param>
/// <param name="Identical">Its data set, read back from the disk, is byte for byte that of the file that was sent.</param>
internal sealed record KeptFile(long? InstanceId, string? StudyInstanceUid, string Path, bool Identical);

/// <summary>What became of a file, in all.</summary>
/// <param name="Decoded">Frames, size, colour and timing, or why there is no picture.</param>
/// <param name="PixelsSha256">Of all decoded frames; null where there are none.</param>
/// <param name="InService">The word on it in its study; null where the service never reads it.</param>
/// <param name="AsPlax">The file alone, taken to show the parasternal long axis on the user's word.</param>
internal sealed record RealFileResult(Arrival Arrival, string Decoded, string? PixelsSha256, CineOutcome? InService, StudyAnalysis AsPlax);

/// <summary>A study as the service reads it.</summary>
internal sealed record RealStudyResult(IReadOnlyList<RealFile> Files, StudyAnalysis Analysis);
