using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Inference.Models;

/// <summary>Models that are registered lie in the data folder, by the hash of their weights: an upgrade of the program, or its removal, takes none of them away.</summary>
public static class KeptModel
{
    /// <summary>Copies manifest and weights there, with the evaluation where one lies beside them, and returns their folder. As often as one likes, and by several processes at once.</summary>
    public static string Keep(BlobStore blobs, string kind, string source, ModelManifest manifest)
    {
        var target = Path.Combine(blobs.Root, "models", kind, manifest.Weights.Sha256.ToLowerInvariant());
        Directory.CreateDirectory(target);
        // Files by name, not the folder: what else lies there is not ours to keep.
        foreach (var file in (string[])[Path.GetFileName(manifest.Weights.File), ModelManifest.FileName, ModelRow.EvaluationFileName])
        {
            if (file == ModelRow.EvaluationFileName && !File.Exists(Path.Combine(source, file)))
                continue;
            var whole = Path.Combine(target, file);
            var part = $"{whole}.{Guid.NewGuid():N}";
            File.Copy(Path.Combine(source, file), part);
            File.Move(part, whole, overwrite: true); // another process may be reading the file of that name
        }
        return target;
    }
}
