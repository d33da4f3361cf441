using EchoClr.App.Conformance;
using EchoClr.Ingest.Receiving;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Tests;

/// <summary>CONFORMANCE.md is the statement of the default settings, and any settings have one.</summary>
public sealed class ConformanceTests
{
    private static readonly string[] Statement = File.ReadAllLines(Path.Combine(RealData.RepositoryRoot, "CONFORMANCE.md"));

    /// <summary>Where this fails: <c>./echoclr conformance --data /nowhere</c> prints what the file should say.</summary>
    [Fact]
    public void File_IsTheStatementOfTheDefaults() => Assert.Equal(Statement, Of());

    [Fact]
    public void Statement_FollowsTheSettings()
    {
        var statement = Of(
            ("Ingest:Listener:AeTitle", "HEART"), ("Ingest:Listener:Port", "104"), ("Ingest:Listener:MaxAssociations", "7"), ("Ingest:Listener:AdditionalSopClasses:0", "1.2.840.10008.5.1.4.1.1.2"),
            ("Ingest:Listener:Tls:CertificateFile", "own.pem"), ("Ingest:Listener:Tls:TrustFile", "trust.pem"),
            ("Ingest:Listener:Senders:0:AeTitle", "CART"), ("Ingest:Listener:Senders:0:Address", "10.1.0.0/16"), ("Ingest:Listener:Senders:0:Certificate", "name:cart"));
        foreach (var row in (string[])["| HEART | 104 | 2762 |", "| CART | 10.1.0.0/16 | name:cart |", "| 1.2.840.10008.5.1.4.1.1.2 | CT Image Storage |", "| associations in all | 7 | `Ingest:Listener:MaxAssociations` |"])
            Assert.Contains(row, statement);
    }

    [Fact]
    public void Statuses_InTheStatement_AreThoseAnswered() =>
        Assert.Equal(StoreStatus.Failures.Select(status => $"| {status.Code:X4}H | {status.ErrorComment} |"), Rows("status").Select(row => string.Join('|', row.Split('|')[..3]) + "|"));

    private static string[] Of(params (string Key, string Value)[] settings) => ConformanceStatement.Of(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build()).TrimEnd('\n').Split('\n');

    /// <summary>The rows of the table whose first heading this is.</summary>
    private static List<string> Rows(string heading)
    {
        var start = Array.FindIndex(Statement, line => line.StartsWith($"| {heading} |", StringComparison.Ordinal));
        Assert.True(start >= 0, $"CONFORMANCE.md has no table that begins with '{heading}'");
        return [.. Statement.Skip(start + 2).TakeWhile(line => line.StartsWith('|'))];
    }
}
