using System.Globalization;
using EchoClr.Portal.Api;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal;

/// <summary>What the worklist page's address asks for; the words of its filters.</summary>
public sealed record WorklistFilter
{
    public static readonly IReadOnlyList<(string Value, string Text, WorklistState[] States)> StateChoices =
    [
        ("person", "Needs a person", [WorklistState.AnalysisParked, WorklistState.DeliveryParked, WorklistState.DeliveryDropped]),
        ("underway", "Under way", [WorklistState.Receiving, WorklistState.WaitingForAnalysis, WorklistState.WaitingForReport, WorklistState.Delivering, WorklistState.WaitingForConfirmation]),
        ("notanalysed", "Not analysed", [WorklistState.NotAnalyzed]),
        ("confirmed", "Confirmed", [WorklistState.Confirmed]),
        ("held", "Held back", [WorklistState.Held]),
        ("withdrawn", "Withdrawn", [WorklistState.Withdrawn]),
    ];

    public static readonly IReadOnlyList<(string Value, string Text, string Name, FindingOutcome Outcome)> FindingChoices =
    [
        ("as", "Severe AS present", "AS", FindingOutcome.Present),
        ("lvh", "LVH present", "LVH", FindingOutcome.Present),
        ("as-absent", "Severe AS absent", "AS", FindingOutcome.Absent),
        ("as-abstained", "AS: model abstained", "AS", FindingOutcome.Abstained),
    ];

    public static readonly IReadOnlyList<(string Value, string Text)> TimeChoices = [("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days")];

    public string Text { get; private init; } = "";
    public string State { get; private init; } = "";
    public string Finding { get; private init; } = "";
    public string Sender { get; private init; } = "";
    public string Days { get; private init; } = "";
    public bool ByTime { get; private init; }
    public WorklistCursor? After { get; private init; }

    /// <param name="found">The text of a search, which the page's own addresses hold sealed only (<see cref="SealedSearch"/>); a link of another system may say <c>q=</c>.</param>
    /// <param name="blind">A blind reader's list neither filters nor sorts by what the AI found.</param>
    public static WorklistFilter Of(IQueryCollection query, string? found, bool blind) => new()
    {
        Text = found ?? query["q"].ToString().Trim(), State = query["state"].ToString(), Finding = blind ? "" : query["finding"].ToString(), Sender = query["sender"].ToString(), Days = query["days"].ToString(),
        ByTime = blind || query["sort"] == "time", After = WorklistCursor.Parse(query["after"]),
    };

    /// <inheritdoc cref="Of(IQueryCollection, string?, bool)"/>
    internal static WorklistFilter Of(StudySearch search, bool blind) => new()
    {
        Text = search.Text?.Trim() ?? "", State = search.State ?? "", Finding = blind ? "" : search.Finding ?? "", Sender = search.Sender ?? "", Days = search.Days?.ToString(CultureInfo.InvariantCulture) ?? "",
        ByTime = blind || search.ByTime, After = WorklistCursor.Parse(search.After),
    };

    /// <summary>All of it, for the audit trail.</summary>
    public string InWords => QueryString.Create(Fields(Text).Where(pair => !string.IsNullOrEmpty(pair.Value))).ToString();

    /// <summary>Filters and order as a view to be kept: no text, no place.</summary>
    public string View => QueryString.Create((this with { After = null }).Fields("").Where(pair => !string.IsNullOrEmpty(pair.Value))).ToString();

    public WorklistQuery ToQuery(DateTimeOffset now)
    {
        var finding = FindingChoices.FirstOrDefault(choice => choice.Value == Finding);
        return new WorklistQuery
        {
            Text = Text, States = StateChoices.FirstOrDefault(choice => choice.Value == State).States ?? [], Finding = finding.Name, Outcome = finding.Outcome,
            Sender = Sender.Length > 0 ? Sender : null, Since = int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= 3650 ? now.AddDays(-days) : null,
            ByUrgency = !ByTime, After = After,
        };
    }

    /// <summary>The address of the same filter on the page that begins behind <paramref name="after"/>.</summary>
    /// <param name="seal">Makes of a text what an address may hold.</param>
    public string Address(WorklistCursor? after, SealedSearch seal) => "/" + QueryString.Create(
        (this with { After = after }).Fields("").Append(KeyValuePair.Create("found", Text.Length > 0 ? (string?)seal.Seal(Text) : null)).Where(pair => !string.IsNullOrEmpty(pair.Value)));

    private Dictionary<string, string?> Fields(string text) =>
        new() { ["q"] = text, ["state"] = State, ["finding"] = Finding, ["sender"] = Sender, ["days"] = Days, ["sort"] = ByTime ? "time" : "", ["after"] = After?.ToString() };
}
