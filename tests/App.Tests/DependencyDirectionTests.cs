using System.Text.RegularExpressions;
using System.Xml.Linq;
using EchoClr.Testing;

namespace EchoClr.App.Tests;

/// <summary>Dependencies point one way (ARCHITECTURE.md, Code map): the project files and the sources say so.</summary>
public sealed partial class DependencyDirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Dicom"] = [],
        ["Torch"] = [],
        ["Shared"] = [],
        ["VideoModels"] = ["Torch", "Shared"],
        ["Phantom"] = ["Dicom", "Shared"],
        ["Micro"] = ["Dicom", "Phantom"],
        ["Ingest"] = ["Dicom", "Shared"],
        ["Inference"] = ["Dicom", "Shared", "VideoModels"],
        ["Retraining"] = ["Shared", "VideoModels"],
        ["Portal"] = ["Dicom", "Shared"],
        ["App"] = ["Dicom", "Torch", "Shared", "VideoModels", "Phantom", "Ingest", "Inference", "Retraining", "Portal"],
    };

    private static readonly string Source = Path.Combine(RealData.RepositoryRoot, "src");

    [Fact]
    public void EveryProject_IsInTheSolutionAndInTheTable()
    {
        var solution = File.ReadAllText(Path.Combine(RealData.RepositoryRoot, "EchoClr.sln")).Replace('\\', '/');
        var projects = new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(RealData.RepositoryRoot, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(RealData.RepositoryRoot, path)).ToList();
        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
        Assert.Equal(Allowed.Keys.Order(), projects.Where(path => path.StartsWith("src/", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path)).Order());
    }

    [Fact]
    public void ProjectReferences_PointOneWay()
    {
        foreach (var (project, allowed) in Allowed)
        {
            var references = XDocument.Load(Path.Combine(Source, project, project + ".csproj")).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.All(references, reference => Assert.True(allowed.Contains(reference), $"{project} must not reference {reference}"));
        }
    }

    [Fact]
    public void Sources_NameOnlyWhatTheirProjectMaySee()
    {
        // A transitive reference would compile, so the text is asked too: no stage may see another through what both see.
        foreach (var (project, allowed) in Allowed)
        {
            foreach (var (file, seen) in NamesOfOurs(project))
                Assert.True(seen == project || seen == "Testing" || allowed.Contains(seen), $"{file} names EchoClr.{seen}, which {project} must not see");
        }
    }

    [Theory]
    [InlineData("MassTransit", "Shared", "Ingest", "Inference", "Retraining", "App")]
    [InlineData("Dapper", "Shared")]
    [InlineData("Microsoft.Data.Sqlite", "Shared")]
    [InlineData("Microsoft.Data.SqlClient", "Shared", "Retraining")] // Hangfire's storage, in the other package set
    [InlineData("System.CommandLine", "App")]
    [InlineData("OpenTelemetry", "App")]
    [InlineData("EchoClr.Torch", "Torch", "VideoModels", "App")]
    [InlineData("System.Net.Sockets", "Dicom", "App", "Inference")] // HL7's MLLP
    public void Library_IsUsedOnlyWhereItBelongs(string library, params string[] projects)
    {
        foreach (var project in Allowed.Keys.Except(projects))
        {
            foreach (var file in Sources(project))
                Assert.False(Regex.IsMatch(File.ReadAllText(file), $@"^\s*(global )?using (static )?{Regex.Escape(library)}\b", RegexOptions.Multiline), $"{file} uses {library}, which belongs to {string.Join(", ", projects)}");
        }
    }

    private static IEnumerable<(string File, string Project)> NamesOfOurs(string project) =>
        from file in Sources(project)
        from Match match in OurNamespace().Matches(File.ReadAllText(file))
        select (file, match.Groups[1].Value);

    private static IEnumerable<string> Sources(string project) => Directory.EnumerateFiles(Path.Combine(Source, project), "*.cs", SearchOption.AllDirectories);

    [GeneratedRegex(@"\bEchoClr\.([A-Z][A-Za-z]+)\b(?=[.;\s])")]
    private static partial Regex OurNamespace();
}
