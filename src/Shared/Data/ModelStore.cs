using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

public enum ModelState
{
    Imported,

    /// <summary>Passed the gate and the shadow; waits for a model administrator.</summary>
    Candidate,

    /// <summary>The one of its kind that workers load.</summary>
    InService,
    Retired,
}

/// <summary>Models by kind (<c>view-gate</c>, <c>as-lvh</c>) and weights hash. No model serves unpromoted.</summary>
public sealed class ModelStore(Database database)
{
    /// <summary>Registers weights; importing the same weights again gives the row there is, unchanged.</summary>
    public Task<ModelRow> ImportAsync(NewModel model, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(session => ImportAsync(session, model, AuditParticipant.Operator(), now), cancellationToken);

    internal static async Task<ModelRow> ImportAsync(Session session, NewModel model, AuditParticipant who, DateTimeOffset now)
    {
        var inserted = await session.ExecuteAsync("""
            INSERT INTO model (kind, name, version, weights_sha256, manifest, folder, synthetic, state, imported_at, training_run_id, parent_id, cohort_sha256, recipe, code_version, seed, metrics)
            SELECT @Kind, @Name, @Version, @WeightsSha256, @Manifest, @Folder, @Synthetic, 'Imported', @Now, @TrainingRunId, @ParentId, @CohortSha256, @Recipe, @CodeVersion, @Seed, @Metrics
            WHERE NOT EXISTS (SELECT 1 FROM model WHERE kind = @Kind AND weights_sha256 = @WeightsSha256)
            """, new
            {
                model.Kind, model.Name, model.Version, model.WeightsSha256, model.Manifest, model.Folder, model.Synthetic, Now = now,
                model.Lineage.TrainingRunId, model.Lineage.ParentId, model.Lineage.CohortSha256, Recipe = Text.Cut(model.Lineage.Recipe, 2000), CodeVersion = Text.Cut(model.Lineage.CodeVersion, 100),
                model.Lineage.Seed, model.Lineage.Metrics,
            });
        if (inserted == 1)
            await AuditTrail.RecordAsync(session, AuditEvents.ModelChanged(who, "imported", model.Kind, model.WeightsSha256), now);
        return await session.ScalarAsync<ModelRow>($"{ModelRow.Select} WHERE kind = @Kind AND weights_sha256 = @WeightsSha256", model);
    }

    /// <summary>
    /// Puts a model in service and retires the one of its kind that was; names who decided. It asks for no gate: for the models that come with the program. People promote
    /// through <see cref="PromotionStore"/>.
    /// </summary>
    public Task<bool> PromoteAsync(long modelId, string promotedBy, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var model = await session.ScalarAsync<ModelRow>($"{ModelRow.Select} WHERE id = @Id", new { Id = modelId });
        return await PutInServiceAsync(session, model, AuditParticipant.Operator(), promotedBy, null, "put in service", now);
    }, cancellationToken);

    internal static async Task<bool> PutInServiceAsync(Session session, ModelRow model, AuditParticipant who, string by, string? reason, string decision, DateTimeOffset now)
    {
        var promotion = new { model.Id, By = Text.Cut(by, 200), Reason = Text.Cut(reason, 2000), Now = now };
        await session.ExecuteAsync("""
            UPDATE model SET state = 'Retired', retired_at = @Now, row_version = row_version + 1
            WHERE state = 'InService' AND id <> @Id AND kind = (SELECT kind FROM model WHERE id = @Id)
            """, promotion);
        if (await session.ExecuteAsync("""
            UPDATE model SET state = 'InService', promoted_at = @Now, promoted_by = @By, promotion_reason = @Reason, retired_at = NULL, rolled_back_at = NULL, shadow_since = NULL, row_version = row_version + 1
            WHERE id = @Id AND state <> 'InService'
            """, promotion) == 0)
            return false;
        await AuditTrail.RecordAsync(session, AuditEvents.ModelChanged(who with { AlternativeUserId = by }, reason is null ? decision : $"{decision}: {reason}", model.Kind, model.WeightsSha256), now);
        return true;
    }

    /// <summary>The model of a kind that workers load; null before the first promotion.</summary>
    public Task<ModelRow?> FindInServiceAsync(string kind, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ModelRow>($"{ModelRow.Select} WHERE kind = @Kind AND state = 'InService'", new { Kind = kind }), cancellationToken);

    public Task<ModelRow?> FindAsync(long modelId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ModelRow>($"{ModelRow.Select} WHERE id = @Id", new { Id = modelId }), cancellationToken);

    public Task<IReadOnlyList<ModelRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ModelRow>($"{ModelRow.Select} ORDER BY kind, id"), cancellationToken);
}

/// <param name="Manifest">The manifest's JSON as it was read.</param>
/// <param name="Folder">Where manifest and weights lie.</param>
/// <param name="Synthetic">Trained on phantoms: said in every report, and refused in production by a switch.</param>
public sealed record NewModel(string Kind, string Name, string Version, string WeightsSha256, string Manifest, string Folder, bool Synthetic)
{
    public ModelLineage Lineage { get; init; } = new();
}

/// <summary>Where a model comes from, as far as it is known.</summary>
public sealed record ModelLineage
{
    public long? TrainingRunId { get; init; }

    /// <summary>The model that its training began from.</summary>
    public long? ParentId { get; init; }

    /// <summary>Names the clips that it learned from.</summary>
    public string? CohortSha256 { get; init; }

    /// <summary>How it was trained: the recipe's name, or the command.</summary>
    public string? Recipe { get; init; }
    public string? CodeVersion { get; init; }
    public long? Seed { get; init; }

    /// <summary>JSON: figures on patients of neither training nor validation.</summary>
    public string? Metrics { get; init; }
}

public sealed record ModelRow
{
    /// <summary>What finetune and evaluate leave beside the weights: figures and curves as JSON.</summary>
    public const string EvaluationFileName = "evaluation.json";

    internal const string Select = """
        SELECT id, kind, name, version, weights_sha256, manifest, folder, synthetic, state, imported_at, promoted_at, promoted_by, retired_at,
               training_run_id, parent_id, cohort_sha256, recipe, code_version, seed, metrics, promotion_reason, rolled_back_at, shadow_since FROM model
        """;

    public long Id { get; init; }
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string Version { get; init; } = "";
    public string WeightsSha256 { get; init; } = "";
    public string Manifest { get; init; } = "";
    public string Folder { get; init; } = "";
    public bool Synthetic { get; init; }
    public ModelState State { get; init; }
    public DateTimeOffset ImportedAt { get; init; }
    public DateTimeOffset? PromotedAt { get; init; }
    public string? PromotedBy { get; init; }
    public DateTimeOffset? RetiredAt { get; init; }
    public long? TrainingRunId { get; init; }
    public long? ParentId { get; init; }
    public string? CohortSha256 { get; init; }
    public string? Recipe { get; init; }
    public string? CodeVersion { get; init; }
    public long? Seed { get; init; }
    public string? Metrics { get; init; }
    public string? PromotionReason { get; init; }

    /// <summary>When a rollback took it out of service.</summary>
    public DateTimeOffset? RolledBackAt { get; init; }

    /// <summary>Since when it has passed the gate and scores live studies beside the model in service.</summary>
    public DateTimeOffset? ShadowSince { get; init; }
}
