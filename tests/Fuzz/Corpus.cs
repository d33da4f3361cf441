using System.Security.Cryptography;
using EchoClr.Testing;

namespace EchoClr.Fuzz;

/// <summary>Inputs that failed once, in the repository: each is tried by every run of the default suite, and mutations start from it.</summary>
internal static class Corpus
{
    public static IReadOnlyList<byte[]> Of(string target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];
    }

    /// <summary>Keeps a finding's input beside the build's results. Once mended, it belongs into the corpus folder of its target.</summary>
    public static string Keep(Finding finding)
    {
        var folder = Directory.CreateDirectory(Path.Combine(RealData.RepositoryRoot, "artifacts", "fuzz", finding.Target)).FullName;
        var path = Path.Combine(folder, $"{finding.Kind}-{Convert.ToHexStringLower(SHA256.HashData(finding.Input))[..12]}.bin");
        File.WriteAllBytes(path, finding.Input);
        return path;
    }
}
