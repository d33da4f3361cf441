using EchoClr.Shared.Data;

namespace EchoClr.App.Benchmarks.Portal;

/// <summary>Rows of made-up studies in the states that a hospital's worklist shows; SQLite only.</summary>
internal static class PortalStudies
{
    private const string At = "strftime('%Y-%m-%dT%H:%M:%fZ', '2026-06-01', printf('-%d seconds', (@Last - i) * 300))";

    private static readonly string[] Statements =
    [
        $"""
        INSERT INTO study (id, study_instance_uid, patient_id, patient_name, patient_birth_date, patient_sex, accession_number, study_date, study_description, calling_ae_title, first_received_at, last_received_at, trace_id)
        SELECT i, '2.25.4711.' || i, printf('P%07d', (i * 7919) % 1000003), printf('Family%05d^Given%03d', (i * 104729) % 60013, i % 499), printf('19%02d0101', i % 70 + 20), CASE i % 2 WHEN 0 THEN 'F' ELSE 'M' END,
               printf('A%08d', i), '20260115', 'Echocardiography adult, transthoracic', 'CART' || (i % 12), {At}, {At}, 't' FROM n
        """,
        $"""
        INSERT INTO study_version (id, study_id, version, state, opened_at, last_received_at, completed_at, instance_count, analysis_parked_at, analysis_error, trace_id)
        SELECT i, i, 1, CASE WHEN i > @Last - 20 THEN 'Open' ELSE 'Complete' END, {At}, {At}, {At}, 42, CASE WHEN i % 100 = 7 THEN {At} END, CASE WHEN i % 100 = 7 THEN 'the decoder crashed' END, 't' FROM n
        """,
        $"""
        INSERT INTO analysis (id, study_version_id, model_id, view_model_id, state, reason, started_at, finished_at, reported_at, trace_id)
        SELECT i, i, @Model, @ViewModel, CASE WHEN i % 12 = 5 THEN 'NotAnalyzed' ELSE 'Analyzed' END, CASE WHEN i % 12 = 5 THEN 'no parasternal long-axis cine was found' END, {At}, {At}, {At}, 't'
        FROM n WHERE i <= @Last - 20 AND i % 100 <> 7
        """,
        """
        INSERT INTO finding (analysis_id, name, probability, threshold, outcome)
        SELECT i, 'AS', CASE WHEN i % 19 <> 3 THEN CASE WHEN i % 31 = 0 THEN 0.5 + (i % 47) / 100.0 ELSE (i % 47) / 100.0 END END, 0.5, CASE WHEN i % 19 = 3 THEN 'Abstained' WHEN i % 31 = 0 THEN 'Present' ELSE 'Absent' END
        FROM n WHERE i <= @Last - 20 AND i % 100 <> 7 AND i % 12 <> 5
        """,
        """
        INSERT INTO finding (analysis_id, name, probability, threshold, outcome)
        SELECT i, 'LVH', (i % 97) / 100.0, 0.85, CASE WHEN i % 97 >= 85 THEN 'Present' ELSE 'Absent' END FROM n WHERE i <= @Last - 20 AND i % 100 <> 7 AND i % 12 <> 5
        """,
        $"""
        INSERT INTO delivery (analysis_id, destination, state, reason, created_at, updated_at, trace_id)
        SELECT i, 'pacs', CASE WHEN i % 200 = 9 THEN 'Parked' ELSE 'Confirmed' END, CASE WHEN i % 200 = 9 THEN 'refused: SOP Class not supported' END, {At}, {At}, 't'
        FROM n WHERE i <= @Last - 20 AND i % 100 <> 7 AND i % 12 <> 5
        """,
    ];

    /// <summary>The worklist's entries of all studies at once, as catching up would make them one by one; for what does not measure the catching up.</summary>
    public static Task IndexAsync(Database database, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("""
            INSERT INTO worklist_entry (study_id, received_at, urgency, state, as_outcome, lvh_outcome, sender)
            SELECT s.id, s.last_received_at, CASE WHEN a.outcome = 'Present' THEN 3 WHEN l.outcome = 'Present' THEN 2 WHEN v.analysis_parked_at IS NOT NULL THEN 1 ELSE 0 END,
                   CASE WHEN v.analysis_parked_at IS NOT NULL THEN 'AnalysisParked' WHEN v.state = 'Open' THEN 'Receiving' WHEN a.outcome IS NULL THEN 'NotAnalyzed' ELSE 'Confirmed' END, a.outcome, l.outcome, s.calling_ae_title
            FROM study s JOIN study_version v ON v.study_id = s.id LEFT JOIN finding a ON a.analysis_id = v.id AND a.name = 'AS' LEFT JOIN finding l ON l.analysis_id = v.id AND l.name = 'LVH'
            """);
        await session.ExecuteAsync("DELETE FROM worklist_change");
    }, cancellationToken);

    /// <summary>Writes studies <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static Task WriteAsync(Database database, int first, int last, ModelRow model, ModelRow viewModel, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        foreach (var statement in Statements)
            await session.ExecuteAsync($"WITH RECURSIVE n(i) AS (SELECT @First UNION ALL SELECT i + 1 FROM n WHERE i < @Last) {statement}", new { First = first, Last = last, Model = model.Id, ViewModel = viewModel.Id });
    }, cancellationToken);
}
