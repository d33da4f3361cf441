using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>
/// The way of a model into service: judged by the gate, a shadow period, a candidate, and then a person. The rules are asked in the transaction that changes the state, so
/// that nothing gets past them; every step is in the audit trail.
/// </summary>
public sealed class PromotionStore(Database database)
{
    /// <summary>
    /// Writes a verdict down. A model that passed begins its shadow period anew; one that did not is no candidate any more. The model in service is judged without a consequence.
    /// </summary>
    public Task<VerdictRow> RecordVerdictAsync(NewVerdict verdict, AuditParticipant who, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new
        {
            verdict.ModelId, verdict.AgainstId, verdict.Passed, Reason = Text.Cut(verdict.Reason, 2000), verdict.Details, verdict.LabelSetSha256, Now = now, By = Text.Cut(verdict.By, 200),
            Shadow = verdict.Passed ? now : (DateTimeOffset?)null,
        };
        await session.ExecuteAsync("""
            INSERT INTO model_verdict (model_id, against_id, passed, reason, details, label_set_sha256, judged_at, judged_by)
            VALUES (@ModelId, @AgainstId, @Passed, @Reason, @Details, @LabelSetSha256, @Now, @By)
            """, row);
        // A shadow period is against one model in service: what was scored before counts no more.
        await session.ExecuteAsync("DELETE FROM shadow_score WHERE model_id = @ModelId", row);
        await session.ExecuteAsync("DELETE FROM shadow_study WHERE model_id = @ModelId", row);
        await session.ExecuteAsync("UPDATE model SET state = 'Imported', shadow_since = @Shadow, row_version = row_version + 1 WHERE id = @ModelId AND state <> 'InService'", row);
        await AuditAsync(session, who, verdict.By, verdict.ModelId, verdict.Passed ? "passed the gate" : $"did not pass the gate: {verdict.Reason}", now);
        return await session.ScalarAsync<VerdictRow>($"{VerdictRow.Select} WHERE id = (SELECT MAX(id) FROM model_verdict WHERE model_id = @ModelId)", row);
    }, cancellationToken);

    /// <summary>The shadow period is over and was passed: the model waits for a model administrator. False where it is in no shadow period.</summary>
    public Task<bool> MakeCandidateAsync(long modelId, string summary, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE model SET state = 'Candidate', row_version = row_version + 1 WHERE id = @Id AND state = 'Imported' AND shadow_since IS NOT NULL", new { Id = modelId }) == 0)
            return false;
        await AuditAsync(session, AuditParticipant.Self(isRequestor: true), null, modelId, $"a candidate: {summary}", now);
        return true;
    }, cancellationToken);

    /// <summary>The shadow period went badly: the model must be judged again before it can have another.</summary>
    public Task<bool> EndShadowAsync(long modelId, string reason, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE model SET shadow_since = NULL, row_version = row_version + 1 WHERE id = @Id AND state = 'Imported' AND shadow_since IS NOT NULL", new { Id = modelId }) == 0)
            return false;
        await AuditAsync(session, AuditParticipant.Self(isRequestor: true), null, modelId, $"did not pass its shadow period: {reason}", now);
        return true;
    }, cancellationToken);

    /// <summary>Puts a candidate in service, or the very first model of its kind. Null when it was done, else why not.</summary>
    public Task<string?> PromoteAsync(long modelId, AuditParticipant who, string by, string reason, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync<string?>(async session =>
    {
        if (await session.FindAsync<ModelRow>($"{ModelRow.Select} WHERE id = @Id", new { Id = modelId }) is not { } model)
            return $"there is no model {modelId}";
        if (await RefusalAsync(session, model) is { } refusal)
            return refusal;
        await ModelStore.PutInServiceAsync(session, model, who, by, reason, "put in service", now);
        return null;
    }, cancellationToken);

    /// <summary>Takes the model that served before back into service. The one that is taken out must be judged again before it can return.</summary>
    public Task<(ModelRow? Restored, string? Refusal)> RollbackAsync(string kind, AuditParticipant who, string by, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync<(ModelRow?, string?)>(async session =>
        {
            var earlier = await session.QueryAsync<ModelRow>($"""
                {ModelRow.Select} WHERE kind = @Kind AND state = 'Retired' AND promoted_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY promoted_at DESC, id DESC
                """, new { Kind = kind });
            if (earlier.Count == 0)
                return (null, $"no {kind} served before this one");
            await session.ExecuteAsync("UPDATE model SET rolled_back_at = @Now WHERE kind = @Kind AND state = 'InService'", new { Kind = kind, Now = now });
            await ModelStore.PutInServiceAsync(session, earlier[0], who, by, reason, "rolled back to", now);
            return (earlier[0], null);
        }, cancellationToken);

    /// <summary>The newest verdict on each model that has one.</summary>
    public async Task<IReadOnlyDictionary<long, VerdictRow>> ListNewestVerdictsAsync(CancellationToken cancellationToken) => (await database.ReadAsync(session => session.QueryAsync<VerdictRow>(
        $"{VerdictRow.Select} WHERE id IN (SELECT MAX(id) FROM model_verdict GROUP BY model_id)"), cancellationToken)).ToDictionary(verdict => verdict.ModelId);

    private static async Task<string?> RefusalAsync(Session session, ModelRow model)
    {
        if (model.State == ModelState.InService)
            return $"{model.Name} {model.Version} serves already";
        if (await session.ScalarAsync<int>("SELECT COUNT(*) FROM model WHERE kind = @Kind AND promoted_at IS NOT NULL", new { model.Kind }) == 0)
            return null; // the very first of its kind: there is nothing to compare it with
        var verdict = await session.FindAsync<VerdictRow>($"{VerdictRow.Select} WHERE id = (SELECT MAX(id) FROM model_verdict WHERE model_id = @Id)", new { model.Id });
        if (verdict is null)
            return $"{model.Name} {model.Version} has not been through the gate; ./echoclr models judge {model.Id}";
        if (!verdict.Passed)
            return $"{model.Name} {model.Version} did not pass the gate: {verdict.Reason}";
        if (model.State == ModelState.Retired)
            return $"{model.Name} {model.Version} served before; ./echoclr models rollback takes the last one back, ./echoclr models judge {model.Id} begins anew";
        if (model.State != ModelState.Candidate)
            return model.ShadowSince is { } since ? $"{model.Name} {model.Version} is in its shadow period since {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : $"{model.Name} {model.Version} did not pass its shadow period; ./echoclr models judge {model.Id} begins anew";
        return await session.FindAsync<ModelRow>($"{ModelRow.Select} WHERE kind = @Kind AND state = 'InService'", new { model.Kind }) is { } serving && serving.Id != verdict.AgainstId
            ? $"{model.Name} {model.Version} was judged against model {verdict.AgainstId}, and {serving.Name} {serving.Version} serves by now; ./echoclr models judge {model.Id}"
            : null;
    }

    private static async Task AuditAsync(Session session, AuditParticipant who, string? by, long modelId, string decision, DateTimeOffset now)
    {
        var model = await session.ScalarAsync<ModelRow>($"{ModelRow.Select} WHERE id = @Id", new { Id = modelId });
        await AuditTrail.RecordAsync(session, AuditEvents.ModelChanged(by is null ? who : who with { AlternativeUserId = by }, decision, model.Kind, model.WeightsSha256), now);
    }
}

/// <param name="AgainstId">The model in service that it was compared with.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Details">JSON: every figure.</param>
/// <param name="LabelSetSha256">Names the studies and labels that it was judged on.</param>
public sealed record NewVerdict(long ModelId, long AgainstId, bool Passed, string Reason, string Details, string LabelSetSha256, string By);

public sealed record VerdictRow
{
    internal const string Select = "SELECT id, model_id, against_id, passed, reason, details, label_set_sha256, judged_at, judged_by FROM model_verdict";

    public long Id { get; init; }
    public long ModelId { get; init; }
    public long AgainstId { get; init; }
    public bool Passed { get; init; }
    public string Reason { get; init; } = "";
    public string Details { get; init; } = "";
    public string LabelSetSha256 { get; init; } = "";
    public DateTimeOffset JudgedAt { get; init; }
    public string JudgedBy { get; init; } = "";
}
