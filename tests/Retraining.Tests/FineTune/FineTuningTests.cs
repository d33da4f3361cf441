using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.Tests.FineTune;

public sealed class FineTuningTests : IDisposable
{
    private static readonly ModelInput input = new(4, 24, 50, 0.3, 0.3);
    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("echoclr-finetune-").FullName, "model");

    [Fact]
    public void Train_BlobsThatShowTheLabels_ReleasesAModelThatSeesThem()
    {
        var progress = new Collected();

        ModelManifest manifest = ReleaseTraining.Train(Plan(ModelTask.Findings), new Blobs(ModelTask.Findings), folder, TimeProvider.System, progress, TestContext.Current.CancellationToken);

        Assert.All(manifest.Metrics.Where(metric => metric.Name == "AUROC"), metric => Assert.InRange(metric.Value, 0.95, 1));
        Assert.All(manifest.Metrics, metric => Assert.InRange(metric.Value, metric.Low, metric.High));
        Assert.Equal(["AS", "LVH"], manifest.Thresholds.Select(pair => pair.Class));
        Assert.NotEmpty(progress.Reports);
        using var predictor = new Predictor(ModelRelease.Load(folder));
        TrainingClip ill = new Blobs(ModelTask.Findings).Read(DataPart.Test, default).First(clip => clip.Targets is [1, 0]);
        double[] probabilities = predictor.Predict(ClipWindows.Evaluation(ill.Pixels, input.Size, input.Frames));
        Assert.True(probabilities[0] >= manifest.Thresholds[0].Report && probabilities[1] < manifest.Thresholds[1].Report, string.Join(" ", probabilities));
    }

    [Fact]
    public void Train_Views_ReleasesAModelWithMacroF1()
    {
        ModelManifest manifest = ReleaseTraining.Train(Plan(ModelTask.View), new Blobs(ModelTask.View), folder, TimeProvider.System, null, TestContext.Current.CancellationToken);

        Assert.InRange(manifest.Metrics.Single(metric => metric.Name == "macro-F1").Value, 0.95, 1);
        Assert.Empty(manifest.Thresholds);
    }

    [Fact]
    public void Train_SamePlanTwice_SameHash()
    {
        ReleasePlan plan = Plan(ModelTask.Findings);
        plan = plan with { Plan = plan.Plan with { Epochs = 1 } };

        string first = ReleaseTraining.Train(plan, new Blobs(ModelTask.Findings), folder, TimeProvider.System, null, TestContext.Current.CancellationToken).Weights.Sha256;
        string second = ReleaseTraining.Train(plan, new Blobs(ModelTask.Findings), folder + "2", TimeProvider.System, null, TestContext.Current.CancellationToken).Weights.Sha256;

        Assert.Equal(first, second);
        Assert.Throws<IOException>(() => ReleaseTraining.Train(plan, new Blobs(ModelTask.Findings), folder, TimeProvider.System, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Train_PatientOnBothSides_IsRefused()
    {
        TrainingClip[] clips = [.. new Blobs(ModelTask.Findings).Read(DataPart.Training, default)];
        using var tuning = new FineTuning(Plan(ModelTask.Findings).Plan, TimeProvider.System);

        Assert.Contains("two parts", Assert.Throws<InvalidOperationException>(() => tuning.Train(clips, [clips[0]], null, default)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(80)]
    public void Train_GivenStepsAnEpoch_TakesAsManyWhateverTheClips(int clips)
    {
        TrainingClip[] training = [.. new Blobs(ModelTask.Findings).Read(DataPart.Training, default).Take(clips)], validation = [.. new Blobs(ModelTask.Findings).Read(DataPart.Validation, default)];
        FineTuningPlan plan = Plan(ModelTask.Findings).Plan;
        using var tuning = new FineTuning(plan with { Epochs = 3, StepsPerEpoch = 4, Patience = int.MaxValue }, TimeProvider.System);
        var progress = new Collected();

        tuning.Train(training, validation, progress, default);

        Assert.Equal([1, 2, 3], progress.Reports.Select(report => report.Epoch));
        Assert.Equal(tuning.BestLoss, progress.Reports.Min(report => report.ValidationLoss));
    }

    [Fact]
    public void LearningRate_WarmsUpThenFallsToZero()
    {
        FineTuningPlan plan = Plan(ModelTask.Findings).Plan with { WarmUpSteps = 10 };
        double peak = plan.Training.LearningRate;

        Assert.Equal(peak / 10, plan.LearningRate(0, 110), 12);
        Assert.Equal(peak, plan.LearningRate(9, 110), 12);
        Assert.Equal(peak, plan.LearningRate(10, 110), 12);
        Assert.Equal(peak / 2, plan.LearningRate(60, 110), 12);
        Assert.Equal(0, plan.LearningRate(110, 110), 12);
    }

    public void Dispose() => Directory.GetParent(folder)!.Delete(recursive: true);

    private static ReleasePlan Plan(ModelTask task) => new(
        "blobs", "1",
        new FineTuningPlan
        {
            Classes = ["AS", "LVH"],
            BatchSize = 8,
            Epochs = 8,
            WarmUpSteps = 5,
            Training = new SupervisedTraining { Task = task, Classes = 2, Width = 4, Input = input, Seed = 3, Threads = 1, LearningRate = 5e-3, FeatureDropout = 0 },
        },
        "a test", Synthetic: true, "a test");

    /// <summary>Noise; a bright block above means the first class, one below the second. The view task has one of the two.</summary>
    private sealed class Blobs(ModelTask task) : IClipSource
    {
        public string Description => "blobs";

        public IEnumerable<TrainingClip> Read(DataPart part, CancellationToken cancellationToken)
        {
            int patients = part == DataPart.Training ? 40 : 16;
            for (int patient = 0; patient < patients; patient++)
            {
                float[] targets = task == ModelTask.View ? [patient % 2, 1 - patient % 2] : [patient % 2, patient / 2 % 2];
                for (int video = 0; video < 2; video++)
                    yield return new TrainingClip($"{part}{patient}", $"{part}{patient}.{video}", targets, Draw(targets, new Random(HashCode(part, patient, video))));
            }
        }

        private static int HashCode(DataPart part, int patient, int video) => ((int)part * 1000 + patient) * 10 + video;

        private static byte[] Draw(float[] targets, Random random)
        {
            int size = input.Size, frames = input.Frames + random.Next(6);
            var pixels = new byte[frames * size * size];
            random.NextBytes(pixels);
            for (int i = 0; i < pixels.Length; i++)
            {
                int y = i / size % size, x = i % size;
                bool inBlock = x is >= 9 and < 15 && ((targets[0] > 0 && y is >= 4 and < 9) || (targets[1] > 0 && y is >= 15 and < 20));
                pixels[i] = inBlock ? (byte)230 : (byte)(pixels[i] / 4);
            }
            return pixels;
        }
    }

    private sealed class Collected : IProgress<EpochReport>
    {
        public List<EpochReport> Reports { get; } = [];

        public void Report(EpochReport value) => Reports.Add(value);
    }
}
