using EchoClr.App.Commands;
using EchoClr.Phantom.Studies;

namespace EchoClr.App.Demo;

/// <summary>The generated studies of the demonstration, drawn once and kept.</summary>
internal static class DemoStudies
{
    /// <summary>
    /// Chosen by its truth: of its first four patients one has both diseases, one has neither, and two have one each. Not the seed that the shipped weights
    /// were trained with: these patients are new to them.
    /// </summary>
    private const long Seed = 20261122;

    public static async Task<(IReadOnlyList<string> Files, IReadOnlyDictionary<string, DemoTruth> Truths)> EnsureAsync(
        Terminal terminal, string folder, int studies, CancellationToken cancellationToken)
    {
        // The program's own build is part of the name: a newer phantom must not be mixed with an older one's files.
        var build = typeof(PhantomCohort).Module.ModuleVersionId.ToString("N")[..8];
        var cache = Path.Combine(folder, "studies", $"{studies}-{Seed}-{build}");
        if (!File.Exists(Path.Combine(cache, PhantomTruth.FileName)))
        {
            // Written under another name first: an interrupted drawing is drawn again.
            var drawing = cache + ".part";
            if (Directory.Exists(drawing))
                Directory.Delete(drawing, recursive: true);
            await PhantomCommand.WriteAsync(terminal, drawing, PhantomCohort.Draw(studies, Seed), cancellationToken);
            Directory.Move(drawing, cache);
        }
        return (DicomFiles.Expand([cache]), ReadTruth(Path.Combine(cache, PhantomTruth.FileName)));
    }

    private static Dictionary<string, DemoTruth> ReadTruth(string path)
    {
        var lines = File.ReadAllLines(path).Select(line => line.Split(',')).ToList();
        int Column(string name) => Array.IndexOf(lines[0], name);
        var (study, stenosis, hypertrophy) = (Column("study_instance_uid"), Column("severe_as"), Column("lvh"));
        return lines.Skip(1).GroupBy(line => line[study]).ToDictionary(group => group.Key, group => new DemoTruth(group.First()[stenosis] == "1", group.First()[hypertrophy] == "1"));
    }
}
