using EchoClr.Testing;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace EchoClr.App.Tests.Deployment;

/// <summary>A compose file as far as ours go (the Compose Specification): a key that is not here does not parse, so that a slip of the pen is not passed over.</summary>
internal sealed class ComposeFile
{
    public string? Name { get; set; }

    [YamlMember(Alias = "x-role", ApplyNamingConventions = false)]
    public ComposeService? Role { get; set; }

    public Dictionary<string, ComposeService> Services { get; set; } = [];
    public Dictionary<string, object?> Volumes { get; set; } = [];
    public Dictionary<string, ComposeSecret> Secrets { get; set; } = [];
    public Dictionary<string, object> Networks { get; set; } = [];

    public static ComposeFile Read(string name)
    {
        using var text = File.OpenText(Path.Combine(RealData.RepositoryRoot, name));
        return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<ComposeFile>(new MergingParser(new Parser(text)));
    }
}

internal sealed class ComposeService
{
    public string? Image { get; set; }
    public ComposeBuild? Build { get; set; }
    public string? Hostname { get; set; }
    public string? Restart { get; set; }
    public bool ReadOnly { get; set; }
    public List<string> Tmpfs { get; set; } = [];
    public List<string> CapDrop { get; set; } = [];
    public List<string> SecurityOpt { get; set; } = [];
    public string? StopGracePeriod { get; set; }
    public Dictionary<string, string> Environment { get; set; } = [];
    public List<string> Volumes { get; set; } = [];
    public List<object> Secrets { get; set; } = [];
    public Dictionary<string, ComposeDependency> DependsOn { get; set; } = [];
    public List<string> Command { get; set; } = [];
    public List<string> Entrypoint { get; set; } = [];
    public List<string> Ports { get; set; } = [];
    public List<string> Profiles { get; set; } = [];
    public ComposeHealthCheck? Healthcheck { get; set; }
    public ComposeDeploy? Deploy { get; set; }

    /// <summary>Each secret with the path at which the container sees it.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles() => Secrets
        .Select(secret => secret is string plain ? (plain, plain) : ((string)((Dictionary<object, object>)secret)["source"], (string)((Dictionary<object, object>)secret)["target"]))
        .ToDictionary(secret => secret.Item1, secret => Path.Combine("/run/secrets", secret.Item2));
}

internal sealed class ComposeBuild
{
    public string Context { get; set; } = "";
    public string Dockerfile { get; set; } = "";
    public Dictionary<string, string> Args { get; set; } = [];
}

internal sealed class ComposeDependency
{
    public string Condition { get; set; } = "";
    public bool Required { get; set; } = true;
}

internal sealed class ComposeHealthCheck
{
    public bool Disable { get; set; }
    public List<string> Test { get; set; } = [];
    public string? Interval { get; set; }
    public string? Timeout { get; set; }
    public string? StartPeriod { get; set; }
    public int Retries { get; set; }
}

internal sealed class ComposeDeploy
{
    public ComposeResources Resources { get; set; } = new();
}

internal sealed class ComposeResources
{
    public ComposeLimits? Limits { get; set; }
    public ComposeReservations? Reservations { get; set; }
}

internal sealed class ComposeLimits
{
    public string? Cpus { get; set; }
    public string? Memory { get; set; }
}

internal sealed class ComposeReservations
{
    public List<ComposeDevice> Devices { get; set; } = [];
}

internal sealed class ComposeDevice
{
    public string? Driver { get; set; }
    public int Count { get; set; }
    public List<string> Capabilities { get; set; } = [];
}

internal sealed class ComposeSecret
{
    public string File { get; set; } = "";
}
