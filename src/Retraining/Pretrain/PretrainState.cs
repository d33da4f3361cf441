using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using EchoClr.Retraining.Runs;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>Where a pretraining stands, beside its network: enough to go on to the same bytes, and to stop by the same rules.</summary>
/// <param name="Plan">Hash of the plan.</param>
/// <param name="Cohort">Hash of the cohort.</param>
/// <param name="Step">Steps done.</param>
/// <param name="StartDeviation">Of the features at the first step.</param>
/// <param name="Recent">NT-Xent of the last steps, the newest last.</param>
public sealed record PretrainState(string Plan, string Cohort, int Step, double StartDeviation, IReadOnlyList<double> Recent)
{
    /// <summary>Below this part of what it was at first, the features say nothing any more.</summary>
    public const double CollapsedDeviation = 0.01;

    /// <summary>
    /// From here on the contrast must have left ln(2N − 1). AdamW stays there for 125 to 270 steps with all cosines near 1 before it leaves: a detector that looks earlier kills good runs.
    /// </summary>
    public const int PatienceSteps = 1000;

    /// <summary>By so much.</summary>
    public const double LeastGain = 0.05;

    private const int RecentSteps = 50; // a single step's loss wavers by more than the margin

    private static readonly byte[] Magic = "ECHORUN1"u8.ToArray();

    /// <summary>The state after one more step.</summary>
    /// <exception cref="TrainingStoppedException">The loss is no number, or the network has collapsed.</exception>
    public PretrainState After(StepFigures figures, int pairs)
    {
        if (!double.IsFinite(figures.Loss) || !double.IsFinite(figures.FeatureDeviation))
            throw new TrainingStoppedException($"the loss was not a number at step {Step + 1}: the learning rate is too high for this batch, or a clip is damaged");
        var state = this with
        {
            Step = Step + 1,
            StartDeviation = Step == 0 ? figures.FeatureDeviation : StartDeviation,
            Recent = [.. Recent.TakeLast(RecentSteps - 1), figures.Contrast],
        };
        if (figures.FeatureDeviation < CollapsedDeviation * state.StartDeviation)
            throw new TrainingStoppedException(
                $"the network has collapsed at step {state.Step}: its features differ by {figures.FeatureDeviation:g3} from clip to clip, at first by {state.StartDeviation:g3}; a lower learning rate may help");
        if (state.Step >= PatienceSteps && state.Recent.Average() > NtXent.AtChance(pairs) - LeastGain)
            throw new TrainingStoppedException(
                $"nothing was learned in {state.Step} steps: the contrast stands at {state.Recent.Average():0.000}, and knowing nothing costs {NtXent.AtChance(pairs):0.000}");
        return state;
    }

    /// <summary>A checkpoint: "ECHORUN1", four bytes of length (little endian), this as JSON with the SHA-256 of the rest, and the trainer's own file.</summary>
    public byte[] ToCheckpoint(ReadOnlySpan<byte> trainer)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new Header(this, Convert.ToHexStringLower(SHA256.HashData(trainer))), JsonSerializerOptions.Web);
        var bytes = new byte[Magic.Length + 4 + json.Length + trainer.Length];
        Magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), json.Length);
        json.CopyTo(bytes, Magic.Length + 4);
        trainer.CopyTo(bytes.AsSpan(Magic.Length + 4 + json.Length));
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are no whole checkpoint.</exception>
    public static PretrainState FromCheckpoint(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> trainer)
    {
        var body = Magic.Length + 4;
        if (bytes.Length < body || !bytes[..Magic.Length].SequenceEqual(Magic) || BinaryPrimitives.ReadInt32LittleEndian(bytes[Magic.Length..]) is var length && (length < 2 || length > bytes.Length - body))
            throw new InvalidDataException("this is no checkpoint of a pretraining");
        try
        {
            var header = JsonSerializer.Deserialize<Header>(bytes.Slice(body, length), JsonSerializerOptions.Web) ?? throw new JsonException("it is null");
            trainer = bytes[(body + length)..];
            return header.Sha256 == Convert.ToHexStringLower(SHA256.HashData(trainer)) ? header.State : throw new InvalidDataException("the checkpoint is damaged: its hash is another");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"this is no checkpoint of a pretraining: {error.Message}", error);
        }
    }

    private sealed record Header(PretrainState State, string Sha256);
}
