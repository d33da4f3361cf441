using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EchoClr.App.Configuration;
using EchoClr.App.Operations;
using EchoClr.Ingest.Listener;
using EchoClr.Portal;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Deployment;

/// <summary>No container engine runs here, so the files are held against the program that they start.</summary>
public sealed partial class ContainerTests
{
    private static readonly string[] Roles = ["ingest", "inference", "inference-gpu", "retraining", "portal"];
    private static readonly ComposeFile Compose = ComposeFile.Read("docker-compose.yml");
    private static readonly ComposeFile Development = ComposeFile.Read("docker-compose.dev.yml");
    private static readonly Dockerfile Image = Dockerfile.Read("infra/Dockerfile");

    [Fact]
    public void EverySetting_IsOneThatTheProgramReads()
    {
        var variables = Compose.Services.Values.Concat(Development.Services.Values).SelectMany(service => service.Environment.Keys).Concat(Image.Environment().Keys)
            .Concat(File.ReadLines(At("infra/settings/environment")).Where(line => line.StartsWith("ECHOCLR__", StringComparison.Ordinal)).Select(line => line.Split('=')[0]));
        var files = (string[])["infra/settings/echoclr.json", "infra/docker/echoclr.json", "infra/docker/dev/echoclr.json"];
        var secrets = Compose.Services.Values.SelectMany(service => service.SecretFiles().Values).Select(path => Path.GetFileName(path)).Where(name => name.Contains("__", StringComparison.Ordinal)).Select(name => "ECHOCLR__" + name);
        var keys = variables.Concat(secrets).Where(name => name.StartsWith("ECHOCLR__", StringComparison.Ordinal)).Select(name => name["ECHOCLR__".Length..].Replace("__", ":", StringComparison.Ordinal))
            .Concat(files.SelectMany(file => KeysOf(At(file)))).Distinct().ToList();
        Assert.Contains("Data:ConnectionString", keys);
        Assert.Contains("Inference:Models:AllowSynthetic", keys);
        Assert.All(keys, key => Assert.True(ConfigurationReference.Knows(key), $"nobody reads the setting {key}"));
    }

    [Fact]
    public void EveryCommand_IsOneOfTheProgram()
    {
        var commands = CommandLine.Build(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false));
        foreach (var role in Roles.Append("migrate"))
        {
            var service = Compose.Services[role];
            Assert.Empty(commands.Parse(service.Command).Errors);
            Assert.Contains(service.Command[^1], service.Volumes.Select(volume => Expand(volume).Split(':')[1])); // the settings file that it names is mounted
        }
        Assert.Empty(commands.Parse(Strings(Assert.Single(Image.Of("CMD")))).Errors);
        Assert.Equal(["dotnet", "/opt/echoclr/echoclr.dll"], Strings(Assert.Single(Image.Of("ENTRYPOINT"))));
    }

    [Fact]
    public void Roles_HaveNoMoreThanTheyNeed_AndTheTimeThatTheyNeedToEnd()
    {
        foreach (var role in Roles.Append("migrate").Select(name => Compose.Services[name]))
        {
            Assert.True(role.ReadOnly);
            Assert.Equal(["ALL"], role.CapDrop);
            Assert.Equal(["no-new-privileges:true"], role.SecurityOpt);
            Assert.NotNull(role.Deploy?.Resources.Limits is { Cpus: not null } limits ? limits.Memory : null);
            Assert.True(TimeSpan.FromSeconds(int.Parse(role.StopGracePeriod!.TrimEnd('s'), CultureInfo.InvariantCulture)) > CommandLine.TerminationTimeout);
        }
        var users = Image.Of("USER").ToList();
        Assert.Equal(["echoclr"], users);
        Assert.True(Image.Lines.ToList().FindIndex(line => line.Instruction == "USER") < Image.Lines.ToList().FindIndex(line => line.Instruction == "ENTRYPOINT"));
        Assert.Equal(["gpu"], Compose.Services["inference-gpu"].Profiles);
        Assert.Equal("nvidia", Assert.Single(Compose.Services["inference-gpu"].Deploy!.Resources.Reservations!.Devices).Driver);
    }

    [Fact]
    public void Ports_AreTheProgramsOwn()
    {
        var listener = new ListenerOptions().Port;
        Assert.Equal([$"{listener}:{listener}"], Compose.Services["ingest"].Ports);
        var portal = new Uri(Compose.Services["portal"].Environment["ECHOCLR__Portal__Url"]).Port;
        Assert.Equal(new Uri(new PortalOptions().Url).Port, portal);
        Assert.Equal([$"127.0.0.1:{portal}:{portal}"], Compose.Services["portal"].Ports); // patients are shown to this machine only
        Assert.Equal([$"{listener} {portal}"], Image.Of("EXPOSE"));
        using var orthanc = JsonDocument.Parse(File.ReadAllText(At("infra/docker/dev/orthanc.json")));
        var forwarded = orthanc.RootElement.GetProperty("DicomModalities").GetProperty("echoclr");
        Assert.Equal((listener, "ingest"), (forwarded.GetProperty("Port").GetInt32(), forwarded.GetProperty("Host").GetString()));
        Assert.Contains(forwarded.GetProperty("Host").GetString(), Compose.Services.Keys);
    }

    [Fact]
    public void EverythingThatIsNamed_IsThere()
    {
        foreach (var (file, compose) in new[] { ("docker-compose.yml", Compose), ("docker-compose.dev.yml", Development) })
        {
            var (volumes, services) = (Compose.Volumes.Keys.Concat(compose.Volumes.Keys).ToList(), Compose.Services.Keys.Concat(compose.Services.Keys).ToList());
            foreach (var (name, service) in compose.Services)
            {
                Assert.All(service.Volumes.Select(volume => Expand(volume).Split(':')[0]), source =>
                    Assert.True(source[0] == '.' ? Path.Exists(At(source)) : volumes.Contains(source), $"{file}, {name}: {source}"));
                Assert.All(service.DependsOn, dependency => Assert.True(services.Contains(dependency.Key) && dependency.Value.Condition is "service_healthy" or "service_completed_successfully", $"{file}, {name}: {dependency.Key}"));
                Assert.All(service.SecretFiles().Keys, secret => Assert.Contains(secret, Compose.Secrets.Keys));
                if (service.Build is { } build)
                {
                    Assert.True(File.Exists(Path.Combine(At(build.Context), build.Dockerfile)));
                    Assert.All(build.Args.Keys, argument => Assert.Contains(Image.Of("ARG"), line => line.Split('=')[0] == argument));
                }
            }
        }
        Assert.All(Image.Sources(), source => Assert.True(Path.Exists(At(source)), source));
        Assert.All(Image.Of("COPY").Where(copy => copy.StartsWith("--from=", StringComparison.Ordinal)), copy =>
            Assert.Contains(Image.Of("FROM"), from => from.EndsWith($" AS {copy["--from=".Length..copy.IndexOf(' ', StringComparison.Ordinal)]}", StringComparison.Ordinal)));
    }

    /// <summary>What a role waits for before it starts is healthy by a check of its own, or has ended well.</summary>
    [Fact]
    public void StartOrder_IsByHealth()
    {
        foreach (var role in Roles)
            Assert.Equal(["migrate service_completed_successfully", "rabbitmq service_healthy"], Compose.Services[role].DependsOn.Select(pair => $"{pair.Key} {pair.Value.Condition}").Order());
        Assert.Equal("service_completed_successfully", Compose.Services["migrate"].DependsOn["database"].Condition);
        Assert.Equal("service_healthy", Compose.Services["database"].DependsOn["sqlserver"].Condition);
        Assert.All((string[])["rabbitmq", "sqlserver"], name => Assert.NotEmpty(Compose.Services[name].Healthcheck!.Test));
    }

    /// <summary>The image's own check asks for what the program serves, where it serves it.</summary>
    [Fact]
    public void HealthCheck_AsksTheRolesOwnPort()
    {
        Assert.EndsWith(JsonSerializer.Serialize((string[])["/usr/local/bin/ready"]), Assert.Single(Image.Of("HEALTHCHECK")));
        Assert.Contains("infra/docker/ready /usr/local/bin/ready", Image.Of("COPY"));
        Assert.True(int.Parse(Image.Environment()["ECHOCLR__Operations__Port"], CultureInfo.InvariantCulture) > 0);
        Assert.Equal("127.0.0.1", new OperationsOptions().Address); // where the check asks
    }

    [Fact]
    public async Task Secrets_AreDrawnOnce_AndAreThoseThatTheFilesName()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await MakeAsync()).ExitCode);
        var named = Compose.Secrets.Values.Select(secret => Path.GetFileName(Expand(secret.File))).Order().ToList();
        Assert.Equal(named, Directory.EnumerateFiles(folder.Path).Select(file => Path.GetFileName(file)).Order());
        var drawn = Read();
        Assert.Equal(0, (await MakeAsync()).ExitCode);
        Assert.Equal(drawn, Read());
        Assert.Contains(drawn["rabbitmq-password"], drawn["rabbitmq.conf"], StringComparison.Ordinal);
        Assert.Contains($"User Id=echoclr_service;Password={drawn["service-password"]};", drawn["connection-string"], StringComparison.Ordinal);
        Assert.Equal(4, drawn.Where(secret => secret.Key.EndsWith("-password", StringComparison.Ordinal)).Select(secret => secret.Value).Distinct().Count());
        // What SQL Server's policy asks of a password: length, capitals, small letters, digits.
        Assert.All(drawn.Where(secret => secret.Key.EndsWith("-password", StringComparison.Ordinal)), secret => Assert.Matches("^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9-]{32,}$", secret.Value));

        // The logins are those that infra/sqlserver makes.
        foreach (var login in (string[])["migrator", "service"])
            Assert.Contains($"CREATE LOGIN echoclr_{login} ", File.ReadAllText(At($"infra/sqlserver/{login}.sql")), StringComparison.Ordinal);

        Task<ToolResult> MakeAsync() => ExternalTool.RunAsync("bash", "bash", At("infra/docker/make-secrets.sh"), folder.Path);
        Dictionary<string, string> Read() => Directory.EnumerateFiles(folder.Path).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    }

    /// <summary>The two package lists of the image are groups of the one list; none is a name of its own.</summary>
    [Fact]
    public void Packages_AreThoseOfTheOneList()
    {
        var installs = Image.Of("RUN").Where(run => run.Contains("apt-get install", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, installs.Count);
        Assert.All(installs, run => Assert.Matches(@"apt-get install -y --no-install-recommends \$\(awk '/\^\((build\|run|run\|library)\) / \{ print \$2 \}' \S*apt-packages\.txt\)", run));
    }

    /// <summary>The image holds what the program links against: each library of the native parts belongs to a package of the groups that the last stage installs, or to one that these depend on.</summary>
    [Fact]
    public async Task NativeLibraries_AreInThePackagesThatTheImageInstalls()
    {
        var packages = File.ReadLines(At("infra/apt-packages.txt")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1 && words[0] is "run" or "library").Select(words => words[1]).ToHashSet();
        foreach (var native in (string[])["codec-worker", "libechoclr_torch.so"])
        {
            var needed = (await ExternalTool.RunAsync("binutils", "readelf", "-d", Path.Combine(AppContext.BaseDirectory, native))).Output
                .Split('\n').Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal)).Select(line => Library().Match(line).Groups[1].Value).Where(library => !OfTheLanguage().IsMatch(library)).ToList();
            Assert.NotEmpty(needed);
            foreach (var library in needed)
            {
                var owner = (await ExternalTool.RunAsync("dpkg", "dpkg-query", "-S", $"*/{library}")).Output.Split(':')[0];
                Assert.True(packages.Contains(owner), $"{native} needs {library} of {owner}, which the image does not install");
            }
        }
    }

    private static List<string> KeysOf(string settingsFile)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(settingsFile), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        return [.. Leaves(document.RootElement, "")];

        static IEnumerable<string> Leaves(JsonElement element, string path) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Leaves(property.Value, path.Length == 0 ? property.Name : $"{path}:{property.Name}")),
            JsonValueKind.Array => element.EnumerateArray().SelectMany((item, index) => Leaves(item, $"{path}:{index}")),
            _ => [path],
        };
    }

    private static string At(string path) => Path.Combine(RealData.RepositoryRoot, path);

    /// <summary>Compose's <c>${NAME:-default}</c>, by its default.</summary>
    private static string Expand(string text) => Variable().Replace(text, match => match.Groups[1].Value);

    private static string[] Strings(string json) => JsonSerializer.Deserialize<string[]>(json)!;

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\[(.+)\]")]
    private static partial Regex Library();

    /// <summary>Of C and C++ themselves: every image of Debian with one of our packages has them.</summary>
    [GeneratedRegex(@"^(libc|libm|libpthread|libdl|ld-linux-x86-64|libgcc_s|libstdc\+\+)\.so")]
    private static partial Regex OfTheLanguage();
}
