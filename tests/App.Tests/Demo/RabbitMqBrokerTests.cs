using System.Net.Sockets;
using EchoClr.App.Demo;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Demo;

public sealed class RabbitMqBrokerTests
{
    [Fact]
    public async Task StartKillRestartStop_PortAnswersOnlyWhileItRuns_NothingStays()
    {
        DebianPackage.RequireRabbitMq();
        var folder = Directory.CreateTempSubdirectory("echoclr-rabbitmq-").FullName;
        var cancellationToken = TestContext.Current.CancellationToken;
        var broker = await RabbitMqBroker.StartAsync(folder, cancellationToken);
        await using (broker)
        {
            Assert.True(Answers(broker.Port));
            await broker.KillAsync();
            Assert.False(Answers(broker.Port));
            await broker.RestartAsync(cancellationToken);
            Assert.True(Answers(broker.Port));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(broker.PasswordFile));
        }
        Assert.False(Answers(broker.Port));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.pid"));
        Directory.Delete(folder, recursive: true);
    }

    private static bool Answers(int port)
    {
        using var socket = new TcpClient();
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
