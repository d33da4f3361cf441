using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.VideoModels.Checkpoints;

/// <summary>Models that are registered lie in the data folder, by the hash of their weights: an upgrade of the program, or its removal, takes none of them away.</summary>
public static class KeptModel
{
    /// <summary>
    /// Copies manifest and weights there, with the evaluation where one lies beside them, and returns what is to be registered, without lineage. As often as one likes, and by several
    /// processes at once. The copy is on the disk when this returns: the row that names it follows.
    /// </summary>
    public static NewModel Keep(BlobStore blobs, string kind, string source, ModelManifest manifest)
    {
        var models = Path.Combine(blobs.Root, "models");
        var ofKind = Path.Combine(models, kind);
        var target = Path.Combine(ofKind, manifest.Weights.Sha256.ToLowerInvariant());
        Directory.CreateDirectory(target);
        // Files by name, not the folder: what else lies there is not ours to keep.
        foreach (var file in (string[])[Path.GetFileName(manifest.Weights.File), ModelManifest.FileName, ModelRow.EvaluationFileName])
        {
            if (file == ModelRow.EvaluationFileName && !File.Exists(Path.Combine(source, file)))
                continue;
            Durable.WriteFile(Path.Combine(target, file), File.ReadAllBytes(Path.Combine(source, file)));
        }
        foreach (var folder in (string[])[ofKind, models, blobs.Root])
            Durable.FlushDirectory(folder);
        return new NewModel(
            kind, manifest.Name, manifest.Version, manifest.Weights.Sha256.ToLowerInvariant(), File.ReadAllText(Path.Combine(target, ModelManifest.FileName)), target, manifest.Synthetic);
    }
}
