using System.Globalization;

namespace EchoClr.Shared.Data;

/// <summary>What a reader asks of the worklist.</summary>
public sealed record WorklistQuery
{
    /// <summary>The beginning of a family name, patient number or accession number, or of a given name.</summary>
    public string? Text { get; init; }

    /// <summary>Any of these; all when empty.</summary>
    public IReadOnlyList<WorklistState> States { get; init; } = [];

    /// <summary>The question whose answer is asked for, <c>AS</c> or <c>LVH</c>, with <see cref="Outcome"/>.</summary>
    public string? Finding { get; init; }
    public FindingOutcome Outcome { get; init; }
    public string? Sender { get; init; }

    /// <summary>Received at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Most urgent first, else newest first.</summary>
    public bool ByUrgency { get; init; } = true;

    /// <summary>Where the page before ended.</summary>
    public WorklistCursor? After { get; init; }
}

/// <summary>The place of a study in the order of a worklist: a page begins behind it, however many studies have come meanwhile.</summary>
public sealed record WorklistCursor(int Urgency, DateTimeOffset ReceivedAt, long StudyId)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Urgency}~{ReceivedAt.ToUnixTimeMilliseconds()}~{StudyId}");

    /// <summary>Null for what is no cursor.</summary>
    public static WorklistCursor? Parse(string? text) =>
        text?.Split('~') is [var urgency, var received, var study] && int.TryParse(urgency, out var u) && long.TryParse(received, out var r) && long.TryParse(study, out var s)
        && r is > 0 and < 253_402_300_800_000 // the year 10000
            ? new WorklistCursor(u, DateTimeOffset.FromUnixTimeMilliseconds(r), s) : null;
}

/// <param name="Total">How many studies the query finds, on all pages; beyond <see cref="WorklistSearch.MostCounted"/> they are not counted on.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record WorklistPage(IReadOnlyList<WorklistRow> Rows, int Total, WorklistCursor? Next);

/// <summary>
/// Finds, sorts and pages studies by <c>worklist_entry</c>, an index computed from the tables that decide. Triggers note the studies whose entry is old; whoever asks brings them up to date
/// first, so that an answer is never older than the tables.
/// </summary>
public sealed class WorklistSearch(Database database)
{
    /// <summary>Entries brought up to date in one transaction: some tens of milliseconds, and below SQL Server's 2,100 parameters.</summary>
    public const int BatchSize = 500;

    /// <summary>Of AS present, another finding present, what needs a person.</summary>
    public const int UrgentAs = 3, UrgentOther = 2, NeedsPerson = 1;

    /// <summary>Studies that are counted: a reader of more than these filters, and counting all years at every page would take longer than the page.</summary>
    public const int MostCounted = 10_000;

    private const string Places = "SELECT e.urgency, e.received_at, e.study_id FROM worklist_entry e WHERE";
    private const string ByUrgency = "ORDER BY e.urgency DESC, e.received_at DESC, e.study_id DESC", ByTime = "ORDER BY e.received_at DESC, e.study_id DESC";

    /// <summary>Brings up to <see cref="BatchSize"/> entries up to date; returns how many there were.</summary>
    public async Task<int> CatchUpAsync(CancellationToken cancellationToken)
    {
        var take = new { Take = BatchSize };
        var changed = $"SELECT study_id FROM worklist_change ORDER BY study_id {database.FirstRows}";
        if ((await database.ReadAsync(session => session.QueryAsync<long>(changed, take), cancellationToken)).Count == 0)
            return 0;
        return await database.WriteAsync(async session =>
        {
            // The notes go first: a change that comes while we read waits for us, or is noted anew.
            var ids = new { Ids = await session.QueryAsync<long>(changed, take) };
            await session.ExecuteAsync("DELETE FROM worklist_change WHERE study_id IN @Ids", ids);
            await session.ExecuteAsync("DELETE FROM worklist_entry WHERE study_id IN @Ids", ids);
            foreach (var row in await Worklist.FillAsync(session, await session.QueryAsync<StudyRow>($"SELECT {StudyRow.Columns} FROM study s WHERE s.id IN @Ids", ids)))
                await session.ExecuteAsync("""
                    INSERT INTO worklist_entry (study_id, received_at, urgency, state, as_outcome, lvh_outcome, sender) VALUES (@StudyId, @ReceivedAt, @Urgency, @State, @As, @Lvh, @Sender)
                    """, new
                {
                    StudyId = row.Study.Id, ReceivedAt = row.Study.LastReceivedAt, Urgency = UrgencyOf(row), State = row.State.ToString(), As = Outcome(row, "AS"), Lvh = Outcome(row, "LVH"),
                    Sender = Text.Cut(row.Study.CallingAeTitle, 40),
                });
            return ids.Ids.Count;
        }, cancellationToken);
    }

    public Task<WorklistPage> ListAsync(WorklistQuery query, int take, CancellationToken cancellationToken) => database.ReadAsync(async session =>
    {
        var size = Math.Clamp(take, 1, Worklist.MaxPageSize);
        var where = Where(query);
        var parameters = new
        {
            Take = size + 1, States = query.States.Select(state => state.ToString()), Outcome = query.Outcome.ToString(), query.Sender, query.Since,
            Begin = Like(query.Text) + "%", Inside = "%^" + Like(query.Text) + "%", query.After?.Urgency, query.After?.ReceivedAt, query.After?.StudyId,
        };
        var counted = new { Take = MostCounted + 1, parameters.States, parameters.Outcome, parameters.Sender, parameters.Since, parameters.Begin, parameters.Inside };
        var total = await session.ScalarAsync<int>($"SELECT COUNT(*) FROM ({Places} {where} {ByTime} {database.FirstRows}) found", counted);
        var found = await session.QueryAsync<Place>(Page(query, where), parameters);
        var places = found.Take(size).ToList();
        var rows = await Worklist.FillAsync(session, await session.QueryAsync<StudyRow>($"SELECT {StudyRow.Columns} FROM study s WHERE s.id IN @Ids", new { Ids = places.Select(place => place.StudyId) }));
        var byId = rows.ToDictionary(row => row.Study.Id);
        return new WorklistPage([.. places.Where(place => byId.ContainsKey(place.StudyId)).Select(place => byId[place.StudyId])], total,
            found.Count > size ? new WorklistCursor(places[^1].Urgency, places[^1].ReceivedAt, places[^1].StudyId) : null);
    }, cancellationToken);

    /// <summary>Every sender that studies came from.</summary>
    public Task<IReadOnlyList<string>> ListSendersAsync(CancellationToken cancellationToken) => database.ReadAsync(async session =>
    {
        // From one to the next by their index: they are few, and their studies are many.
        var senders = new List<string>();
        while (await session.FindAsync<string>("SELECT MIN(sender) FROM worklist_entry WHERE sender > @After", new { After = senders.LastOrDefault("") }) is { } sender)
            senders.Add(sender);
        return (IReadOnlyList<string>)senders;
    }, cancellationToken);

    /// <summary>How soon a person should look, 3 the soonest.</summary>
    public static int UrgencyOf(WorklistRow row) =>
        Outcome(row, "AS") == nameof(FindingOutcome.Present) ? UrgentAs
        : row.Findings.Any(finding => finding.Outcome == FindingOutcome.Present) ? UrgentOther
        : row.State is WorklistState.AnalysisParked or WorklistState.DeliveryParked or WorklistState.DeliveryDropped ? NeedsPerson : 0;

    private static string? Outcome(WorklistRow row, string name) => row.Findings.FirstOrDefault(finding => finding.Name == name)?.Outcome.ToString();

    private static string Where(WorklistQuery query)
    {
        List<string> conditions = ["1 = 1"];
        if (query.States.Count > 0)
            conditions.Add("e.state IN @States");
        if (query.Finding is not null)
            conditions.Add(query.Finding == "AS" ? "e.as_outcome = @Outcome" : "e.lvh_outcome = @Outcome");
        if (query.Sender is not null)
            conditions.Add("e.sender = @Sender");
        if (query.Since is not null)
            conditions.Add("e.received_at >= @Since");
        if (Like(query.Text).Length > 0)
            conditions.Add("""
                e.study_id IN (SELECT id FROM study WHERE patient_name LIKE @Begin ESCAPE '\' UNION SELECT id FROM study WHERE patient_id LIKE @Begin ESCAPE '\'
                    UNION SELECT id FROM study WHERE accession_number LIKE @Begin ESCAPE '\' UNION SELECT id FROM study WHERE patient_name LIKE @Inside ESCAPE '\')
                """);
        return string.Join(" AND ", conditions);
    }

    /// <summary>Places behind the cursor. Where urgency comes first: the rest of the cursor's urgency, and then what is less urgent; each begins at its place in the index.</summary>
    private string Page(WorklistQuery query, string where)
    {
        const string behind = "e.received_at <= @ReceivedAt AND (e.received_at < @ReceivedAt OR (e.received_at = @ReceivedAt AND e.study_id < @StudyId))";
        var order = query.ByUrgency ? ByUrgency : ByTime;
        if (query.After is null)
            return $"{Places} {where} {order} {database.FirstRows}";
        return !query.ByUrgency ? $"{Places} {where} AND {behind} {order} {database.FirstRows}" : $"""
            SELECT e.urgency, e.received_at, e.study_id FROM (
                SELECT * FROM ({Places} {where} AND e.urgency = @Urgency AND {behind} {ByUrgency} {database.FirstRows}) same
                UNION ALL
                SELECT * FROM ({Places} {where} AND e.urgency < @Urgency {ByUrgency} {database.FirstRows}) less) e
            {ByUrgency} {database.FirstRows}
            """;
    }

    /// <summary>What was typed as a LIKE pattern's text: a comma parts family name and given name, as DICOM's caret does.</summary>
    private static string Like(string? typed)
    {
        var text = string.Join('^', (typed ?? "").Split([',', '^'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal);
    }

    private sealed record Place
    {
        public int Urgency { get; init; }
        public DateTimeOffset ReceivedAt { get; init; }
        public long StudyId { get; init; }
    }
}
