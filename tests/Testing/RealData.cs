using Xunit;

namespace EchoClr.Testing;

/// <summary>The real DICOM files beside the checkout (<c>../shared/data</c>, or <c>ECHOCLR_DATA</c>). A test that needs them skips, with this reason, where they are absent.</summary>
public static class RealData
{
    /// <summary>The checkout: the folder that holds <c>EchoClr.sln</c>.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    public static string? Root { get; } = FindRoot();

    /// <summary>The folder with the real files; skips the calling test where there is none.</summary>
    public static string RequireRoot()
    {
        Assert.SkipWhen(Root is null, "no real DICOM files here: ../shared/data is absent and ECHOCLR_DATA is not set");
        return Root!;
    }

    public static string RequireFile(string relativePath) => Path.Combine(RequireRoot(), relativePath);

    private static string? FindRoot()
    {
        var candidate = Environment.GetEnvironmentVariable("ECHOCLR_DATA") ?? Path.Combine(RepositoryRoot, "..", "shared", "data");
        return File.Exists(Path.Combine(candidate, "MANIFEST.csv")) ? Path.GetFullPath(candidate) : null;
    }

    private static string FindRepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EchoClr.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no EchoClr.sln above " + AppContext.BaseDirectory);
    }
}
