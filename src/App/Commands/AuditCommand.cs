using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.Shared.Audit;

namespace EchoClr.App.Commands;

/// <summary><c>audit list</c>: who used which patient's data, and whether the trail is whole. Reading it is itself an event.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("audit", "The audit trail: every use of patient data (PS3.15 A.5)");
        command.Subcommands.Add(CreateList(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var since = new Option<string?>("--since") { Description = "Only what happened since then, as 2026-01-31 or 2026-01-31T08:00Z; by default the last day", HelpName = "TIME" };
        var take = new Option<int>("--take") { Description = "At most so many of the newest", DefaultValueFactory = _ => 1000 };
        var verify = new Option<bool>("--verify") { Description = "Compute every hash anew; prints the newest one, to be noted elsewhere" };
        var noted = new Option<string?>("--noted") { Description = "A hash that --verify printed earlier: it must still be in the chain", HelpName = "HASH" };
        var json = CommonOptions.Json();
        var xml = new Option<bool>("--xml") { Description = "The messages as the standard writes them, one a line" };
        var command = new Command("list", "Lists the messages, oldest first") { since, take, verify, noted, json, xml };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var trail = data.Get<AuditTrail>();
            await trail.RecordAsync(AuditEvents.AuditLogUsed(), cancellationToken);
            if (parse.GetValue(verify) || parse.GetValue(noted) is not null)
                return await VerifyAsync(terminal, trail, parse.GetValue(noted), parse.GetValue(json), cancellationToken);
            var rows = await trail.ListAsync(Since(parse.GetValue(since)), parse.GetValue(take), cancellationToken);
            if (parse.GetValue(xml))
                foreach (var row in rows)
                    terminal.Line(row.Message);
            else if (parse.GetValue(json))
                terminal.Json(rows.Select(row => new { row.Id, row.OccurredAt, row.Event, row.Message, row.Sha256 }));
            else
                terminal.Table(["id", "when (UTC)", "event", "outcome", "who", "what"], rows.Select(Cells));
            return 0;
        });
        return command;
    }

    private static async Task<int> VerifyAsync(Terminal terminal, AuditTrail trail, string? noted, bool json, CancellationToken cancellationToken)
    {
        var verdict = await trail.VerifyAsync(noted, cancellationToken);
        if (json)
            terminal.Json(verdict);
        else if (verdict.Fault is null)
            terminal.Line($"{verdict.Messages} messages, whole; the newest hash is {verdict.Sha256}");
        else
            terminal.Line($"BROKEN: {verdict.Fault}; whole up to message {verdict.Messages}, hash {verdict.Sha256}");
        return verdict.Fault is null ? 0 : 1;
    }

    private static IReadOnlyList<string> Cells(AuditRow row)
    {
        var line = AuditLine.Of(row);
        return [$"{line.Id}", line.OccurredAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss"), line.Event, line.Succeeded ? "ok" : "failed", line.Who, line.What];
    }

    private static DateTimeOffset Since(string? text) => text is null
        ? TimeProvider.System.GetUtcNow().AddDays(-1)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            ? since
            : throw new CommandException($"'{text}' is no time; write --since 2026-01-31 or --since 2026-01-31T08:00Z");
}
