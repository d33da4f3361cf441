namespace EchoClr.Shared.Data;

/// <param name="Plan">JSON: everything that decides a cell's result beside its own coordinates.</param>
/// <param name="PhantomSha256">How hard the phantoms are: cells of different phantoms are never mixed.</param>
/// <param name="CohortSha256">The clips.</param>
/// <param name="Subjects">JSON: the test patients with their truth, in the order that the cells' scores have.</param>
public sealed record NewExperiment(string Kind, string Name, string Plan, string PhantomSha256, string CohortSha256, string Subjects);

public sealed record ExperimentRow
{
    internal const string Select = "SELECT id, kind, name, experiment_plan, phantom_sha256, cohort_sha256, subjects, begun_at FROM experiment";

    public long Id { get; init; }
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string ExperimentPlan { get; init; } = "";
    public string PhantomSha256 { get; init; } = "";
    public string CohortSha256 { get; init; } = "";
    public string Subjects { get; init; } = "";
    public DateTimeOffset BegunAt { get; init; }
}

/// <summary>Which fine-tuning a cell is.</summary>
/// <param name="Budget">Share of the training patients whose labels are used, 0 to 1.</param>
/// <param name="PretrainingSeed">0 where nothing was pretrained.</param>
/// <param name="Seed">Of the fine-tuning: draws the labelled patients, the head and the batches.</param>
public sealed record ExperimentCellKey(string Arm, double Budget, long PretrainingSeed, long Seed, double LearningRate);

/// <summary>A fine-tuning that is done.</summary>
public sealed record ExperimentCellRow
{
    public string Arm { get; init; } = "";
    public double Budget { get; init; }
    public long PretrainingSeed { get; init; }
    public long Seed { get; init; }
    public double LearningRate { get; init; }

    /// <summary>The lowest: the learning rate of a cell is chosen by it.</summary>
    public double ValidationLoss { get; init; }

    /// <summary>JSON: a row of probabilities for each subject; null where another learning rate had a lower validation loss before.</summary>
    public string? Scores { get; init; }

    /// <summary>Processor, threads and library.</summary>
    public string Environment { get; init; } = "";
    public double Seconds { get; init; }

    public ExperimentCellKey Key => new(Arm, Budget, PretrainingSeed, Seed, LearningRate);
}

/// <summary>A pretraining of an experiment, and how far its run is.</summary>
public sealed record ExperimentEncoderRow
{
    public string Arm { get; init; } = "";
    public long Seed { get; init; }
    public long TrainingRunId { get; init; }
    public TrainingRunState State { get; init; }

    /// <summary>JSON of the run's outcome once it has succeeded.</summary>
    public string? Metrics { get; init; }
    public string? Error { get; init; }
}
