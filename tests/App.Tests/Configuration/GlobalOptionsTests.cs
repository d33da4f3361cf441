using EchoClr.App.Configuration;

namespace EchoClr.App.Tests.Configuration;

public sealed class GlobalOptionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-settings-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Load_FileInDataFolder_IsReadAndCommandLineWins()
    {
        File.WriteAllText(Path.Combine(folder, "echoclr.json"), """{ "Ingest": { "Listener": { "AeTitle": "ECHO1", "Port": 11112 } } }""");
        var settings = GlobalOptions.Load(null, folder, ["Ingest:Listener:Port=0"]);
        Assert.Equal("ECHO1", settings["Ingest:Listener:AeTitle"]);
        Assert.Equal("0", settings["Ingest:Listener:Port"]);
        Assert.Equal(folder, settings["Data:Directory"]);
    }

    [Fact]
    public void Load_FolderOfSecrets_IsOneFileASetting_AboveTheFileAndBelowTheCommandLine()
    {
        var secrets = Directory.CreateDirectory(Path.Combine(folder, "secrets")).FullName;
        File.WriteAllText(Path.Combine(secrets, "Data__ConnectionString"), "Server=db;Password=1234\n");
        File.WriteAllText(Path.Combine(secrets, "Bus__Username"), "from the secrets");
        File.WriteAllText(Path.Combine(secrets, "rabbitmq-password"), "is no setting's name");
        File.WriteAllText(Path.Combine(folder, "echoclr.json"), $$"""{ "Secrets": "{{secrets}}", "Data": { "ConnectionString": "from the file" } }""");
        var settings = GlobalOptions.Load(null, folder, ["Bus:Username=from the command line"]);
        Assert.Equal("Server=db;Password=1234", settings["Data:ConnectionString"]);
        Assert.Equal("from the command line", settings["Bus:Username"]);
        Assert.Null(settings["rabbitmq-password"]);
        Assert.Contains("Secrets", Assert.Throws<CommandException>(() => GlobalOptions.Load(null, folder, [$"Secrets={folder}/none"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileWithBrokenJson_SaysWhichFile()
    {
        var file = Path.Combine(folder, "broken.json");
        File.WriteAllText(file, "{ \"Ingest\": ");
        Assert.Contains(file, Assert.Throws<CommandException>(() => GlobalOptions.Load(file, folder, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFileOrValue_SaysHowToMend()
    {
        Assert.Contains("--config", Assert.Throws<CommandException>(() => GlobalOptions.Load(Path.Combine(folder, "none.json"), null, [])).Message, StringComparison.Ordinal);
        Assert.Contains("KEY=VALUE", Assert.Throws<CommandException>(() => GlobalOptions.Load(null, folder, ["Portal:Url"])).Message, StringComparison.Ordinal);
    }
}
