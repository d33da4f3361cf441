using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Runs;

/// <summary>
/// A training run as schedules begin it: an encoder from the cines that accumulated and, where its plan names findings, a model from that encoder before the gate. One that was killed after
/// its pretraining goes on from the last checkpoint of that and fine-tunes anew, to the same weights.
/// </summary>
public sealed class RetrainingJob(PretrainJob pretraining, RunRelease release) : ITrainingJob
{
    public async Task<string> RunAsync(TrainingRunRow run, IRunKeeping keeping, CancellationToken cancellationToken)
    {
        var plan = PretrainPlan.FromJson(run.TrainingPlan);
        var outcome = await pretraining.PretrainAsync(plan, keeping, cancellationToken);
        if (plan.Findings is { } findings)
            outcome = outcome with { Model = await release.MakeAsync(run, plan, findings, outcome, keeping, cancellationToken) };
        return outcome.ToJson();
    }
}
