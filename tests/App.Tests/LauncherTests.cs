using System.Diagnostics;
using EchoClr.Testing;

namespace EchoClr.App.Tests;

/// <summary><c>./echoclr</c> and <c>.ci/run</c> in a folder of their own, with stand-ins for apt, dpkg and dotnet that write down what they were asked.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-launcher-").FullName;

    public LauncherTests()
    {
        foreach (var sub in (string[])["bin", "src", "tests", "infra", ".ci"])
            Directory.CreateDirectory(Path.Combine(folder, sub));
        foreach (var file in (string[])["echoclr", ".ci/run", "infra/apt-packages.txt", "Directory.Build.props", "Directory.Packages.props", "global.json", "BannedSymbols.txt", ".editorconfig"])
            File.Copy(Path.Combine(RealData.RepositoryRoot, file), Path.Combine(folder, file));
        Directory.CreateDirectory(Path.Combine(folder, "infra", "viewer"));
        foreach (var file in (string[])["package.json", "package-lock.json"])
            File.Copy(Path.Combine(RealData.RepositoryRoot, "infra", "viewer", file), Path.Combine(folder, "infra", "viewer", file));
        File.WriteAllText(Path.Combine(folder, "EchoClr.sln"), "");
        File.WriteAllText(Path.Combine(folder, "src", "Program.cs"), "");
        Stand("apt-get", "echo \"apt-get $*\" >>\"$STAND_IN_LOG\"");
        Stand("dpkg-query", "cat \"$(dirname \"$0\")/installed\" 2>/dev/null");
        Stand("npm", "echo \"npm $*\" >>\"$STAND_IN_LOG\"; mkdir -p node_modules/@ohif/app/dist; touch node_modules/@ohif/app/dist/index.html");
        Stand("dotnet", """
            echo "dotnet $*" >>"$STAND_IN_LOG"
            if [[ $1 == build ]]; then mkdir -p artifacts/bin/App/release && touch artifacts/bin/App/release/echoclr.dll; fi
            """);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Start_NothingInstalled_InstallsTheGroupsOfTheCommandOnly()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "installing packages needs root");
        Assert.Equal(0, await RunAsync("./echoclr", "doctor"));
        var install = Assert.Single(Calls(), call => call.StartsWith("apt-get install", StringComparison.Ordinal));
        Assert.Contains(" libtorch-dev", install, StringComparison.Ordinal);
        Assert.Contains(" libopenblas0-pthread", install, StringComparison.Ordinal);
        Assert.DoesNotContain("orthanc", install, StringComparison.Ordinal);
        Assert.DoesNotContain("chromium", install, StringComparison.Ordinal);

        Assert.Equal(0, await RunAsync("./echoclr", "demo", "--bus", "rabbitmq"));
        install = Calls().Last(call => call.StartsWith("apt-get install", StringComparison.Ordinal));
        Assert.Contains(" orthanc", install, StringComparison.Ordinal);
        Assert.Contains(" rabbitmq-server", install, StringComparison.Ordinal);
        Assert.DoesNotContain("chromium", install, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "policy-rc.d")), "the ban on starting servers outlived the installation");
    }

    [Fact]
    public async Task Start_AllInstalled_BuildsOnceAndAgainAfterAChange()
    {
        InstallAll();
        Assert.Equal(0, await RunAsync("./echoclr", "doctor"));
        Assert.Equal(0, await RunAsync("./echoclr", "worklist", "--json"));
        Assert.Equal(["dotnet build src/App/App.csproj", "dotnet artifacts/bin/App/release/echoclr.dll doctor", "dotnet artifacts/bin/App/release/echoclr.dll worklist --json"], Calls().Select(Short));

        File.WriteAllText(Path.Combine(folder, "src", "New.cs"), "");
        Assert.Equal(0, await RunAsync("./echoclr", "doctor"));
        Assert.Equal(2, Calls().Count(call => call.StartsWith("dotnet build", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Test_BuildsTheWholeSolution()
    {
        InstallAll();
        Assert.Equal(0, await RunAsync("./echoclr", "test", "--suite", "long"));
        Assert.Equal(["npm ci --ignore-scripts --no-audit --no-fund", "dotnet build EchoClr.sln", "dotnet artifacts/bin/App/release/echoclr.dll test --suite long"], Calls().Select(Short));
    }

    [Fact]
    public async Task DemoWithViewer_HasNpmFetchIt_Once()
    {
        InstallAll();
        Assert.Equal(0, await RunAsync("./echoclr", "demo"));
        Assert.DoesNotContain(Calls(), call => call.StartsWith("npm", StringComparison.Ordinal));
        Assert.Equal(0, await RunAsync("./echoclr", "demo", "--viewer"));
        Assert.Equal(0, await RunAsync("./echoclr", "demo", "--studies", "2", "--viewer"));
        Assert.Equal("npm ci --ignore-scripts --no-audit --no-fund", Assert.Single(Calls(), call => call.StartsWith("npm", StringComparison.Ordinal)));
        Assert.DoesNotContain("resolved", await File.ReadAllTextAsync(Path.Combine(folder, "infra", "viewer", "package-lock.json")), StringComparison.Ordinal); // no registry's address
    }

    [Theory]
    [InlineData("10 passed, 0 failed, 2 skipped", "3 passed, 0 failed, 1 skipped", "13 passed, 0 failed, 3 skipped", 0)]
    [InlineData("10 passed, 1 failed, 0 skipped", "3 passed, 0 failed, 0 skipped", "13 passed, 1 failed, 0 skipped", 1)]
    [InlineData("10 passed, 0 failed, 0 skipped", "the build failed", "10 passed, 0 failed, 0 skipped", 1)]
    public async Task CiRun_SumsBothSuitesInItsLastLine(string first, string second, string sum, int exitCode)
    {
        Stand("../echoclr", $"[[ $3 == long ]] && echo '{second}' || echo '{first}'");
        var output = new StringWriter();
        Assert.Equal(exitCode, await RunAsync(output, ".ci/run"));
        Assert.Equal(sum, output.ToString().TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public void PackageList_EveryLineHasGroupPackageAndReason() =>
        Assert.All(
            File.ReadLines(Path.Combine(folder, "infra", "apt-packages.txt")).Where(line => line.Length > 0 && !line.StartsWith('#')),
            line => Assert.Matches(@"^(build|run|library|demo|broker|viewer|test) +[a-z0-9.+-]+ +# \S.*$", line));

    private void InstallAll() => File.WriteAllText(Path.Combine(folder, "bin", "installed"), string.Join(' ',
        File.ReadLines(Path.Combine(folder, "infra", "apt-packages.txt")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1).Select(words => $"installed/{words[1]}")) + " ");

    private List<string> Calls() => File.Exists(Log) ? [.. File.ReadLines(Log)] : [];

    private string Log => Path.Combine(folder, "calls");

    // Options of the build are not the subject, and the folder is a different one each time.
    private string Short(string call) => call.Replace(folder + "/", "", StringComparison.Ordinal).Split(" -c ")[0];

    private Task<int> RunAsync(params string[] command) => RunAsync(TextWriter.Null, command);

    private async Task<int> RunAsync(TextWriter output, params string[] command)
    {
        var start = new ProcessStartInfo(Path.Combine(folder, command[0]), command[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{folder}/bin:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["STAND_IN_LOG"] = Log;
        start.Environment["POLICY_RC_D"] = Path.Combine(folder, "policy-rc.d");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await output.WriteAsync(await process.StandardOutput.ReadToEndAsync());
        await errors;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private void Stand(string name, string body)
    {
        var path = Path.Combine(folder, "bin", name);
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
