using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Retraining.Promotion;

/// <summary>
/// Puts a model through the gate: it and the model in service read the clips of the labelled studies whose patients are on the test side, and the verdict is written down.
/// Only labels that were given without seeing the AI count, and no model ever learned from these patients.
/// </summary>
public sealed class ModelJudgement(ModelStore models, PromotionStore promotions, LabelStore labels, ClipStore clips, BlobStore blobs, GateRules rules, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <exception cref="InvalidOperationException">There is nothing to compare it with.</exception>
    public async Task<VerdictRow> JudgeAsync(ModelRow candidate, JudgedClips which, AuditParticipant who, string by, IProgress<JudgementProgress>? progress, CancellationToken cancellationToken)
    {
        var serving = await models.FindInServiceAsync(candidate.Kind, cancellationToken)
            ?? throw new InvalidOperationException($"no {candidate.Kind} is in service yet: the first is promoted without a gate");
        if (serving.Id == candidate.Id)
            throw new InvalidOperationException($"{candidate.Name} {candidate.Version} is the one in service");
        using var mine = Load(candidate);
        using var theirs = Load(serving);
        // A view gate has no findings that readers label.
        var answered = theirs.Manifest.Task == ModelTask.Findings ? theirs.Manifest.Classes : [];
        var asked = (await labels.ListBlindAsync(cancellationToken)).Where(label => answered.Contains(label.Name)).ToLookup(label => label.StudyId);

        var judged = answered.ToDictionary(head => head, _ => new List<JudgedStudy>());
        var labelSet = new StringBuilder();
        var done = 0;
        foreach (var study in asked)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JudgementProgress(done++, asked.Count));
            var rows = await clips.ListLearnableOfStudyAsync(ClipFormat.Pipeline, study.Key, which.View, which.MinViewProbability, cancellationToken);
            if (rows.Count == 0 || CohortSplit.Of(rows[0].PatientKey) != DataPart.Test)
                continue;
            var (own, other) = (Read(mine, rows), Read(theirs, rows));
            foreach (var label in study)
            {
                var (first, second) = (own(label.Name), other(label.Name));
                judged[label.Name].Add(new JudgedStudy(rows[0].PatientKey, label.Value == LabelValue.Present, first.Probability, second.Probability, first.Abstains, second.Abstains));
                labelSet.Append($"{rows[0].StudyKey} {label.Name} {label.Value}\n");
            }
        }
        progress?.Report(new JudgementProgress(asked.Count, asked.Count));

        var verdict = Gate.Judge([.. answered.Select(head => (head, (IReadOnlyList<JudgedStudy>)judged[head]))], rules);
        return await promotions.RecordVerdictAsync(
            new NewVerdict(candidate.Id, serving.Id, verdict.Passed, verdict.Reason, JsonSerializer.Serialize(new { Rules = rules, verdict.Heads }, Json), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(labelSet.ToString()))), by),
            who, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>The model's answer to each question about a study: the mean over the windows of a clip, then over the clips, as live studies are read.</summary>
    private Func<string, (double Probability, bool Abstains)> Read(Predictor model, IReadOnlyList<ClipRow> rows)
    {
        var input = model.Manifest.Input;
        var windows = new List<double[][]>();
        foreach (var row in rows)
        {
            using var file = ClipFile.Open(blobs.PathOf(row.FileKey));
            windows.Add(model.PredictWindows(ClipWindows.Evaluation(ClipFileSampler.Sample(file, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs)), input.Size, input.Frames)));
        }
        var mean = Probability.Mean([.. windows.Select(own => Probability.Mean(own))]);
        return head =>
        {
            // By name: a model may know more than the one in service, and in another order. One that does not answer a question cannot pass.
            var index = model.Manifest.Classes.ToList().IndexOf(head);
            return index < 0 ? (double.NaN, true) : (mean[index], Spread([.. windows.SelectMany(own => own.Select(window => window[index]))]) > rules.MaxSpread);
        };
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static Predictor Load(ModelRow row)
    {
        var release = ModelRelease.Load(row.Folder);
        if (!release.Manifest.Weights.Sha256.Equals(row.WeightsSha256, StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"the weights in the folder of {row.Name} {row.Version} are not those that were registered");
        return new Predictor(release);
    }
}

/// <summary>The clips that findings are read from: as the live pipeline chooses them.</summary>
public sealed record JudgedClips(string View, double MinViewProbability);

public readonly record struct JudgementProgress(int Done, int Total);
