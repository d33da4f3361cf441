using System.Globalization;
using System.Text;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Ingest;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Capacity;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Conformance;

/// <summary>
/// The conformance statement of a configuration: the prose of CONFORMANCE.md, with the tables between its machine-made marks filled from what the listener would be started with.
/// The file in the repository is the statement of the defaults.
/// </summary>
internal static class ConformanceStatement
{
    private const string Begin = "<!-- machine-made: ", BeginEnd = " -->", End = "<!-- end -->";

    private static readonly Dictionary<string, Func<Running, IEnumerable<string>>> Tables = new(StringComparer.Ordinal)
    {
        ["entity"] = Entity,
        ["senders"] = Senders,
        ["limits"] = Limits,
        ["cipher suites"] = _ => ["| cipher suite |", "|---|", .. TlsProfile.CipherSuites.Select(suite => $"| {suite} |")],
        ["SOP classes"] = running => ["| SOP class UID | name |", "|---|---|",
            .. AcceptedSopClasses.Default.Concat(running.Listener.AdditionalSopClasses).Select(uid => $"| {uid} | {DicomUid.NameOf(uid) ?? "private"} |")],
        ["transfer syntaxes"] = _ => ["| transfer syntax UID | name |", "|---|---|", .. TransferSyntax.All.Select(syntax => $"| {syntax.Uid} | {syntax.Name} |")],
    };

    /// <exception cref="ArgumentException">The configuration could not be started with; the message names the key.</exception>
    public static string Of(IConfiguration configuration)
    {
        var listener = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
        listener.Validate();
        var capacity = configuration.GetSection(CapacityOptions.SectionName).Get<CapacityOptions>() ?? new CapacityOptions();
        var running = new Running(listener, IngestServices.ServerOptions(listener), capacity);
        var statement = new StringBuilder();
        var inTable = false;
        foreach (var line in Prose())
        {
            inTable &= line != End;
            if (inTable)
                continue;
            statement.Append(line).Append('\n');
            if (!line.StartsWith(Begin, StringComparison.Ordinal))
                continue;
            inTable = true;
            foreach (var row in Tables[line[Begin.Length..^BeginEnd.Length]](running))
                statement.Append(row).Append('\n');
        }
        return statement.ToString();
    }

    private static IEnumerable<string> Entity(Running running) =>
    [
        "| AE title | port without TLS | port with TLS |",
        "|---|---|---|",
        .. new[] { running.Listener.AeTitle, running.Listener.UrgentAeTitle }.OfType<string>().Select(title =>
            $"| {title} | {(running.Server.AcceptsPlain ? Text(running.Server.Port) : "closed")} | {(running.Server.Tls is null ? "closed" : Text(running.Server.TlsPort))} |"),
    ];

    private static IEnumerable<string> Senders(Running running) =>
    [
        "| calling AE title | from | certificate |",
        "|---|---|---|",
        .. running.Listener.Senders.Select(sender => $"| {sender.AeTitle} | {sender.Address} | {sender.Certificate ?? ""} |").DefaultIfEmpty("| nobody | | |"),
    ];

    private static IEnumerable<string> Limits(Running running)
    {
        var (listener, server, capacity) = (running.Listener, running.Server, running.Capacity);
        return
        [
            "| limit | value | setting |",
            "|---|---|---|",
            $"| associations in all | {Text(server.MaxAssociations)} | `Ingest:Listener:MaxAssociations` |",
            $"| associations of one calling AE title | {Text(listener.MaxAssociationsPerSender)} | `Ingest:Listener:MaxAssociationsPerSender` |",
            $"| silence between two PDUs | {Seconds(server.IdleTimeout)}, then A-ABORT | `Ingest:Listener:IdleTimeout` |",
            $"| from connection to a whole A-ASSOCIATE-RQ, and from A-ABORT or A-ASSOCIATE-RJ to the peer's closing (ARTIM) | {Seconds(server.ArtimTimeout)} | `Ingest:Listener:ArtimTimeout` |",
            $"| TLS handshake, before ARTIM begins | {Seconds(server.TlsHandshakeTimeout)} | |",
            $"| a message, command and data set together | {Seconds(server.MessageGrace)}, and from then on {Text(server.MinReceiveRate >> 10)} KiB a second on average, then A-ABORT | `Ingest:Listener:MinReceiveRate` |",
            $"| an association | {Text(server.MaxAssociationTime.TotalHours)} h, then A-ABORT between two messages | `Ingest:Listener:MaxAssociationTime` |",
            $"| a response that is not taken | {Seconds(server.SendTimeout)}, then the connection is closed | |",
            $"| open connections, with those that have no association yet | {Text(server.MaxConnections)}, then the oldest without association is closed for a new one | `Ingest:Listener:MaxAssociations`, times 4 |",
            $"| longest P-DATA-TF PDU announced and taken | {Text(server.MaxPduLength >> 10)} KiB | |",
            $"| one data set | {Bytes(server.MaxDatasetLength)} | `Ingest:Listener:MaxDatasetBytes` |",
            $"| free disk, quota, backlog, memory | {Bytes(capacity.RefuseBelowFreeBytes)}, {(capacity.QuotaBytes is { } quota ? Bytes(quota) : "none")}, {capacity.MaxBacklog.ToString("N0", CultureInfo.InvariantCulture)} studies, {Text(100 * capacity.MaxMemory)} %; then see below | `Capacity` |",
            $"| drain at the end | {Seconds(listener.DrainTimeout)}, then A-ABORT | `Ingest:Listener:DrainTimeout` |",
        ];
    }

    private static IEnumerable<string> Prose()
    {
        using var reader = new StreamReader(typeof(ConformanceStatement).Assembly.GetManifestResourceStream("CONFORMANCE.md")!);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static string Seconds(TimeSpan span) => Text(span.TotalSeconds) + " s";

    private static string Bytes(long bytes) => bytes >= 1L << 30 ? Text(Math.Round(bytes / (double)(1L << 30), 1)) + " GiB" : Text(bytes) + " bytes";

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the listener would be started with.</summary>
    private sealed record Running(ListenerOptions Listener, DicomServerOptions Server, CapacityOptions Capacity);
}
