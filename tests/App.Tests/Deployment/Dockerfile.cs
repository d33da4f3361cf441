using EchoClr.Testing;

namespace EchoClr.App.Tests.Deployment;

/// <summary>A Dockerfile's instructions, continued lines joined and comments left out.</summary>
internal sealed class Dockerfile(IReadOnlyList<(string Instruction, string Arguments)> lines)
{
    public IReadOnlyList<(string Instruction, string Arguments)> Lines => lines;

    public IEnumerable<string> Of(string instruction) => lines.Where(line => line.Instruction == instruction).Select(line => line.Arguments);

    /// <summary>What is copied from the build's context, not from another stage.</summary>
    public IEnumerable<string> Sources() => Of("COPY").Where(arguments => !arguments.StartsWith("--from", StringComparison.Ordinal)).SelectMany(arguments => arguments.Split(' ')[..^1]);

    /// <summary>What the image says of its environment, later lines winning.</summary>
    public IReadOnlyDictionary<string, string> Environment() => Of("ENV").SelectMany(arguments => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(pair => pair.Split('=', 2)).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.Last()[1]);

    public static Dockerfile Read(string name) => new([.. File.ReadAllText(Path.Combine(RealData.RepositoryRoot, name))
        .Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(' ', 2))
        .Select(words => (words[0], words[1].Trim()))]);
}
