using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.Training;

/// <summary>
/// The tensor side of supervised training: one network, one AdamW, one step at a time. Plans, epochs and metrics are the caller's, who
/// never sees a tensor.
/// </summary>
public sealed class SupervisedTrainer : IDisposable
{
    /// <summary>Half precision halves the file; what it costs is in the metrics, which are measured on the sealed weights.</summary>
    private const ScalarType StoreAs = ScalarType.Float16;

    private readonly SupervisedTraining plan;
    private readonly R3D18 network;
    private readonly optim.Optimizer optimizer;
    private readonly Tensor? positiveWeights;
    private Dictionary<string, Tensor>? kept;

    /// <summary>The version of libtorch that trains.</summary>
    public static string LibraryVersion => __version__;

    /// <param name="positiveWeights">Per finding: negatives over positives among the training videos; null for views.</param>
    /// <param name="encoder">A pretrained encoder to begin with, as a safetensors file without a last layer; empty begins with weights drawn from the seed.</param>
    /// <exception cref="InvalidDataException">The encoder is of another network.</exception>
    public SupervisedTrainer(SupervisedTraining plan, IReadOnlyList<float>? positiveWeights = null, ReadOnlyMemory<byte> encoder = default)
    {
        this.plan = plan;
        set_num_threads(plan.Threads);
        manual_seed(plan.Seed);
        network = new R3D18(plan.Width, plan.Classes, plan.FeatureDropout);
        try
        {
            if (!encoder.IsEmpty)
                network.LoadEncoder(encoder.Span);
        }
        catch
        {
            network.Dispose();
            throw;
        }
        optimizer = optim.AdamW(plan.FreezeEncoder ? network.HeadParameters : network.parameters(), lr: plan.LearningRate, weight_decay: plan.WeightDecay);
        this.positiveWeights = positiveWeights is null ? null : torch.tensor([.. positiveWeights]).DetachFromDisposeScope();
    }

    /// <summary>One step of gradient descent; the loss before it.</summary>
    /// <param name="targets">A row per window: 0 or 1 per finding, or one-hot over the views.</param>
    public double Step(IReadOnlyList<ReadOnlyMemory<byte>> windows, IReadOnlyList<float[]> targets, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        network.train(!plan.FreezeEncoder);
        network.ComputeType = plan.MixedPrecision ? ScalarType.BFloat16 : ScalarType.Float32;
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = learningRate;
        optimizer.zero_grad();
        Tensor loss = Loss(Forward(ClipTensor.From(windows, plan.Input)), targets);
        loss.backward();
        nn.utils.clip_grad_norm_(plan.FreezeEncoder ? network.HeadParameters : network.parameters(), plan.MaxGradientNorm);
        optimizer.step();
        return loss.item<float>();
    }

    /// <summary>Logits in evaluation mode, a row per window.</summary>
    public float[][] Logits(IReadOnlyList<ReadOnlyMemory<byte>> windows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = no_grad();
        network.eval();
        network.ComputeType = ScalarType.Float32;
        float[] values = network.call(ClipTensor.From(windows, plan.Input)).data<float>().ToArray();
        return [.. values.Chunk(plan.Classes)];
    }

    /// <summary>Remembers the weights as they are, as the best so far.</summary>
    public void Keep()
    {
        Forget();
        using DisposeScope scope = NewDisposeScope();
        kept = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Back to the weights last kept.</summary>
    public void Restore() => network.load_state_dict(kept ?? throw new InvalidOperationException("no weights were kept"));

    /// <summary>Rounds the weights to what their file holds, and gives that file: measure after this, not before.</summary>
    public byte[] Seal()
    {
        using DisposeScope scope = NewDisposeScope();
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, network.state_dict(), StoreAs);
        byte[] file = stream.ToArray();
        network.load_state_dict(SafeTensors.Read(file));
        return file;
    }

    public void Dispose()
    {
        Forget();
        positiveWeights?.Dispose();
        optimizer.Dispose();
        network.Dispose();
    }

    private Tensor Forward(Tensor clips)
    {
        if (!plan.FreezeEncoder)
            return network.call(clips);
        Tensor maps;
        using (no_grad())
            maps = network.forward_features(clips);
        return network.forward_head(maps);
    }

    private Tensor Loss(Tensor logits, IReadOnlyList<float[]> targets)
    {
        if (plan.Task == ModelTask.View)
            return nn.functional.cross_entropy(logits, torch.tensor([.. targets.Select(row => (long)Array.IndexOf(row, row.Max()))]));
        Tensor expected = torch.tensor([.. targets.SelectMany(row => row)]).reshape(targets.Count, plan.Classes);
        return nn.functional.binary_cross_entropy_with_logits(logits, expected, pos_weights: positiveWeights);
    }

    private void Forget()
    {
        if (kept is null)
            return;
        foreach (Tensor tensor in kept.Values)
            tensor.Dispose();
        kept = null;
    }
}
