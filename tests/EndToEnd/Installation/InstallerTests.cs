using System.CommandLine;
using System.Text.Json;
using EchoClr.App;
using EchoClr.App.Hosting;
using EchoClr.Testing;

namespace EchoClr.EndToEnd.Installation;

/// <summary><c>infra/install.sh</c> below a prefix: what it puts where, an upgrade, and an end that keeps the data.</summary>
public sealed class InstallerTests(InstallerTests.FirstInstallation first) : IClassFixture<InstallerTests.FirstInstallation>
{
    private static readonly string[] Services = ["echoclr-ingest.service", "echoclr-inference@.service", "echoclr-retraining.service", "echoclr-portal.service"];

    private readonly Installed installed = first.Installed;

    [Fact]
    public async Task Install_ProgramWorksFromItsPlace_NativePartsAndModelsIncluded()
    {
        var said = await installed.EchoClrAsync("doctor", "--json");
        var findings = JsonSerializer.Deserialize<List<JsonElement>>(said.Output) ?? [];
        Assert.Equal("Good", Health("codec worker")); // it decoded a file
        foreach (var model in (string[])["model view-gate", "model as-lvh"])
            Assert.Contains("synthetic", Detail(model), StringComparison.Ordinal); // libtorch has read them
        Assert.Contains(installed.Data, Detail("data folder"), StringComparison.Ordinal);

        string Health(string subject) => Find(subject).GetProperty("health").GetString()!;
        string Detail(string subject) => Find(subject).GetProperty("detail").GetString()!;
        JsonElement Find(string subject) => Assert.Single(findings, finding => finding.GetProperty("subject").GetString() == subject);
    }

    [Fact]
    public void Install_SecretsAndSettings_AreNotForEverybody()
    {
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        foreach (var folder in (string[])[installed.Etc, Path.Combine(installed.Etc, "secrets"), installed.Data])
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder) & Others);
        foreach (var file in (string[])[installed.Settings, Path.Combine(installed.Etc, "environment")])
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & Others);
    }

    [Fact]
    public void Units_SayWhatTheProgramUnderstands()
    {
        var commands = CommandLine.Build(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false));
        var roles = new List<string>();
        foreach (var service in Services)
        {
            var unit = installed.Unit(service);
            Assert.All(Directory.EnumerateFiles(installed.Units, "*", SearchOption.AllDirectories), file => Assert.DoesNotMatch("@[A-Z]+@", File.ReadAllText(file)));
            var (program, arguments) = (unit.ExecStart[0], unit.ExecStart.Skip(1).ToList());
            Assert.True(Path.IsPathRooted(program) && File.Exists(program), program);
            Assert.Equal(Path.Combine(installed.Current, "echoclr.dll"), arguments[0]);
            Assert.Empty(commands.Parse([.. arguments.Skip(1)]).Errors);
            roles.Add(arguments[2]);
            // A stop that is cut short would look like a death: the time must hold the whole drain.
            Assert.True(unit.Seconds("TimeoutStopSec") > CommandLine.TerminationTimeout && CommandLine.TerminationTimeout > EchoClrHost.ShutdownTimeout);
            Assert.Equal(("mixed", "SIGTERM"), (unit["KillMode"], unit["KillSignal"])); // else the codec worker is signalled beside its parent
            Assert.Equal(installed.Data, unit["ReadWritePaths"]);
        }
        Assert.Equal(Enum.GetNames<Roles>().Where(name => name is not ("None" or "All")).Select(name => name.ToLowerInvariant()).Order(), roles.Order());
    }

    [Fact]
    public async Task Units_AreWhatSystemdTakes()
    {
        var units = Directory.EnumerateFiles(installed.Units).Select(file => file.Replace("@.", "@1.", StringComparison.Ordinal)).ToList();
        Assert.Equal(Services.Length + 1, units.Count);
        var result = await ExternalTool.RunAsync("systemd", "systemd-analyze", ["verify", "--man=no", .. units], TimeSpan.FromMinutes(1), new Dictionary<string, string>
        {
            ["SYSTEMD_UNIT_PATH"] = $"{installed.Units}:", // and its own after it
        });
        // The machine's own units are none of our business.
        Assert.DoesNotContain(result.Said.Split('\n'), line => line.Contains("echoclr", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Upgrade_KeepsWhatTheAdministratorWrote_AndTheReleaseBefore()
    {
        using var folder = new TemporaryFolder();
        var own = new Installed(folder.Path);
        await own.InstallAsync("--program", installed.Current);
        var before = Directory.ResolveLinkTarget(own.Current, returnFinalTarget: true)!.FullName;
        File.WriteAllText(own.Settings, "the administrator's");
        File.WriteAllText(Path.Combine(own.Etc, "secrets/rabbitmq-password"), "1234");
        File.WriteAllText(Path.Combine(own.Data, "echoclr.db"), "rows");
        File.WriteAllText(Path.Combine(own.Units, "echoclr-old.service"), "a unit that this release no longer has");

        await own.InstallAsync("--program", installed.Current);
        Assert.NotEqual(before, Directory.ResolveLinkTarget(own.Current, returnFinalTarget: true)!.FullName);
        Assert.Equal("the administrator's", File.ReadAllText(own.Settings));
        Assert.False(File.Exists(Path.Combine(own.Units, "echoclr-old.service")));
        Assert.True(Directory.Exists(before));
        await own.InstallAsync("--program", installed.Current);
        Assert.False(Directory.Exists(before));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(own.Opt, "releases")).Length);

        await own.RunAsync("--uninstall");
        Assert.False(Directory.Exists(own.Opt) || File.Exists(own.Command));
        Assert.Empty(Directory.EnumerateFiles(own.Units, "*", SearchOption.AllDirectories));
        Assert.Equal("rows", File.ReadAllText(Path.Combine(own.Data, "echoclr.db")));
        Assert.Equal("1234", File.ReadAllText(Path.Combine(own.Etc, "secrets/rabbitmq-password")));
    }

    /// <summary>Published once: the tests look at it, or install it again.</summary>
    public sealed class FirstInstallation : IAsyncLifetime
    {
        private readonly TemporaryFolder folder = new();

        internal Installed Installed => new(folder.Path);

        public async ValueTask InitializeAsync() => await Installed.InstallAsync();

        public ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
