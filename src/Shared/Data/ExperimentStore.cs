namespace EchoClr.Shared.Data;

/// <summary>
/// Experiments and their cells. A cell is a row once it is done, so a process that dies loses the cell it was at; two processes that work on the same cell come to the same result, and the
/// first one's stands.
/// </summary>
public sealed class ExperimentStore(Database database)
{
    public Task<ExperimentRow?> FindAsync(string kind, string name, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ExperimentRow>($"{ExperimentRow.Select} WHERE kind = @Kind AND name = @Name", new { Kind = kind, Name = name }), cancellationToken);

    /// <summary>The experiment of that kind and name: as it was begun, whatever is asked for now.</summary>
    public Task<ExperimentRow> BeginAsync(NewExperiment experiment, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { experiment.Kind, experiment.Name, experiment.Plan, experiment.PhantomSha256, experiment.CohortSha256, experiment.Subjects, Now = now };
        await session.ExecuteAsync("""
            INSERT INTO experiment (kind, name, experiment_plan, phantom_sha256, cohort_sha256, subjects, begun_at)
            SELECT @Kind, @Name, @Plan, @PhantomSha256, @CohortSha256, @Subjects, @Now WHERE NOT EXISTS (SELECT 1 FROM experiment WHERE kind = @Kind AND name = @Name)
            """, row);
        return await session.ScalarAsync<ExperimentRow>($"{ExperimentRow.Select} WHERE kind = @Kind AND name = @Name", row);
    }, cancellationToken);

    /// <summary>The training run that pretrains an arm from a seed; begun where there is none yet.</summary>
    public Task<long> EncoderAsync(long experimentId, string arm, long seed, NewTrainingRun run, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { ExperimentId = experimentId, Arm = arm, Seed = seed };
        const string mine = "SELECT training_run_id FROM experiment_encoder WHERE experiment_id = @ExperimentId AND arm = @Arm AND seed = @Seed";
        if (await session.FindAsync<long?>(mine, key) is { } known)
            return known;
        var id = await TrainingRunStore.InsertAsync(session, run) ?? throw new InvalidOperationException("a run without a schedule always comes about");
        await session.ExecuteAsync("INSERT INTO experiment_encoder (experiment_id, arm, seed, training_run_id) VALUES (@ExperimentId, @Arm, @Seed, @Run)", new { ExperimentId = experimentId, Arm = arm, Seed = seed, Run = id });
        return id;
    }, cancellationToken);

    public Task<IReadOnlyList<ExperimentEncoderRow>> ListEncodersAsync(long experimentId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<ExperimentEncoderRow>("""
        SELECT e.arm, e.seed, e.training_run_id, r.state, r.metrics, r.error FROM experiment_encoder e JOIN training_run r ON r.id = e.training_run_id WHERE e.experiment_id = @Id ORDER BY e.arm, e.seed
        """, new { Id = experimentId }), cancellationToken);

    /// <summary>False where the cell was there already.</summary>
    public Task<bool> RecordCellAsync(long experimentId, ExperimentCellRow cell, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session => await session.ExecuteAsync("""
        INSERT INTO experiment_cell (experiment_id, arm, budget, pretraining_seed, seed, learning_rate, validation_loss, scores, environment, seconds, finished_at)
        SELECT @ExperimentId, @Arm, @Budget, @PretrainingSeed, @Seed, @LearningRate, @ValidationLoss, @Scores, @Environment, @Seconds, @Now
        WHERE NOT EXISTS (SELECT 1 FROM experiment_cell WHERE experiment_id = @ExperimentId AND arm = @Arm AND budget = @Budget AND pretraining_seed = @PretrainingSeed AND seed = @Seed
                                                          AND learning_rate = @LearningRate)
        """, new
    {
        ExperimentId = experimentId, cell.Arm, cell.Budget, cell.PretrainingSeed, cell.Seed, cell.LearningRate, cell.ValidationLoss, cell.Scores, Environment = Text.Cut(cell.Environment, 400), cell.Seconds, Now = now,
    }) == 1, cancellationToken);

    public Task<IReadOnlyList<ExperimentCellRow>> ListCellsAsync(long experimentId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<ExperimentCellRow>("""
        SELECT arm, budget, pretraining_seed, seed, learning_rate, validation_loss, scores, environment, seconds FROM experiment_cell WHERE experiment_id = @Id
        ORDER BY arm, budget, pretraining_seed, seed, learning_rate
        """, new { Id = experimentId }), cancellationToken);

    /// <summary>Takes an experiment away with its cells; the training runs stay. False where there is none.</summary>
    public Task<bool> ForgetAsync(string kind, string name, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { Kind = kind, Name = name };
        const string mine = "(SELECT id FROM experiment WHERE kind = @Kind AND name = @Name)";
        await session.ExecuteAsync($"DELETE FROM experiment_cell WHERE experiment_id IN {mine}", key);
        await session.ExecuteAsync($"DELETE FROM experiment_encoder WHERE experiment_id IN {mine}", key);
        return await session.ExecuteAsync("DELETE FROM experiment WHERE kind = @Kind AND name = @Name", key) == 1;
    }, cancellationToken);
}
