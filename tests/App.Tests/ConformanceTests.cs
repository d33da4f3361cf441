using System.Globalization;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Receiving;
using EchoClr.Shared.Capacity;
using EchoClr.Testing;

namespace EchoClr.App.Tests;

/// <summary>CONFORMANCE.md says what the program does: its tables are compared with the program's own lists.</summary>
public sealed class ConformanceTests
{
    private static readonly string[] Statement = File.ReadAllLines(Path.Combine(RealData.RepositoryRoot, "CONFORMANCE.md"));

    [Fact]
    public void SopClasses_InTheStatement_AreThoseAccepted() =>
        Assert.Equal(AcceptedSopClasses.Default.Select(uid => $"| {uid} | {DicomUid.NameOf(uid)} |"), Rows("SOP class UID"));

    [Fact]
    public void Statuses_InTheStatement_AreThoseAnswered() =>
        Assert.Equal(StoreStatus.Failures.Select(status => $"| {status.Code:X4}H | {status.ErrorComment} |"), Rows("status").Select(row => string.Join('|', row.Split('|')[..3]) + "|"));

    [Fact]
    public void CipherSuites_InTheStatement_AreThoseOfTheProfile() =>
        Assert.Equal(TlsProfile.CipherSuites.Select(suite => $"| {suite} |"), Rows("cipher suite"));

    [Fact]
    public void Limits_InTheStatement_AreTheDefaults()
    {
        var options = new ListenerOptions();
        var rows = Rows("limit").Select(row => row.Split('|')[2].Trim()).ToList();
        var (server, capacity) = (new DicomServerOptions(), new CapacityOptions());
        Assert.Equal(
        [
            $"{options.MaxAssociations}", $"{options.MaxAssociationsPerSender}", $"{options.IdleTimeout.TotalSeconds} s, then A-ABORT",
            $"{server.ArtimTimeout.TotalSeconds} s", $"{server.MessageGrace.TotalSeconds} s, and from then on {server.MinReceiveRate >> 10} KiB a second on average, then A-ABORT",
            $"{server.MaxAssociationTime.TotalHours} h, then A-ABORT between two messages", $"{server.MaxConnections}, then the oldest without association is closed for a new one", $"{server.MaxPduLength >> 10} KiB",
            $"{options.MaxDatasetBytes >> 30} GiB",
            string.Create(CultureInfo.InvariantCulture, $"{capacity.RefuseBelowFreeBytes >> 30} GiB, {(capacity.QuotaBytes is null ? "none" : "some")}, {capacity.MaxBacklog:N0} studies, {100 * capacity.MaxMemory} %; then see below"), $"{options.DrainTimeout.TotalSeconds} s, then A-ABORT",
        ], rows);
    }

    /// <summary>The rows of the table whose first heading this is.</summary>
    private static List<string> Rows(string heading)
    {
        var start = Array.FindIndex(Statement, line => line.StartsWith($"| {heading} |", StringComparison.Ordinal));
        Assert.True(start >= 0, $"CONFORMANCE.md has no table that begins with '{heading}'");
        return [.. Statement.Skip(start + 2).TakeWhile(line => line.StartsWith('|'))];
    }
}
