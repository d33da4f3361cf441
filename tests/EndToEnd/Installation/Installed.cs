using EchoClr.Testing;

namespace EchoClr.EndToEnd.Installation;

/// <summary>EchoClr as <c>infra/install.sh</c> puts it below a folder of the test's own; nothing of it reaches the machine.</summary>
internal sealed class Installed(string prefix)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9); // it may have to build

    public string Opt => Path.Combine(prefix, "opt/echoclr");
    public string Current => Path.Combine(Opt, "current");
    public string Etc => Path.Combine(prefix, "etc/echoclr");
    public string Data => Path.Combine(prefix, "var/lib/echoclr");
    public string Units => Path.Combine(prefix, "etc/systemd/system");
    public string Command => Path.Combine(prefix, "usr/local/bin/echoclr");
    public string Settings => Path.Combine(Etc, "echoclr.json");

    /// <summary>Runs the script; its last words are the failure's.</summary>
    public async Task RunAsync(params string[] options)
    {
        var script = Path.Combine(RealData.RepositoryRoot, "infra/install.sh");
        var result = await ExternalTool.RunAsync("bash", "bash", [script, .. options, prefix], Limit, new Dictionary<string, string>());
        Assert.True(result.ExitCode == 0, result.Said);
    }

    public Task InstallAsync(params string[] options) => RunAsync(["--user", Environment.UserName, .. options]);

    /// <summary>A service's lines, with those that all units share. A template is named without its instance.</summary>
    public SystemdUnit Unit(string name) => SystemdUnit.Read(Path.Combine(Units, name), Path.Combine(Units, "echoclr-.service.d/10-common.conf"));

    /// <summary>Runs the installed command line.</summary>
    public Task<ToolResult> EchoClrAsync(params string[] arguments) => ExternalTool.RunAsync("bash", Command, arguments, Limit, new Dictionary<string, string>());
}
