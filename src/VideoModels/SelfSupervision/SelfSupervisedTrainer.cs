using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>The tensor side of pretraining: one network, one AdamW, one step at a time. It draws nothing by chance after its first weights, so weights and moments are its whole state.</summary>
public sealed class SelfSupervisedTrainer : IDisposable
{
    private const string NetworkPrefix = "network/", AveragePrefix = "exp_avg/", SquarePrefix = "exp_avg_sq/", StepsPrefix = "steps/";

    private readonly SelfSupervisionSettings settings;
    private readonly EchoClrNetwork network;
    private readonly AdamW optimizer;

    public SelfSupervisedTrainer(SelfSupervisionSettings settings)
    {
        this.settings = settings;
        set_num_threads(settings.Threads);
        manual_seed(settings.Seed);
        network = new EchoClrNetwork(settings.Width);
        optimizer = optim.AdamW(network.parameters(), weight_decay: settings.WeightDecay); // without decay it is Adam
    }

    /// <summary>One step of gradient descent; the figures before it.</summary>
    public StepFigures Step(PairBatch batch, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        network.train();
        network.ComputeType = settings.MixedPrecision ? ScalarType.BFloat16 : ScalarType.Float32;
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = learningRate;
        optimizer.zero_grad();
        Tensor features = Features(batch);
        (Tensor loss, StepFigures figures) = Judge(features, batch);
        loss.backward();
        if (settings.MaxGradientNorm is { } bound)
            nn.utils.clip_grad_norm_(network.parameters(), bound);
        optimizer.step();
        return figures;
    }

    /// <summary>The figures of pairs that are not learned from, in evaluation mode.</summary>
    public StepFigures Evaluate(PairBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = no_grad();
        network.eval();
        network.ComputeType = ScalarType.Float32;
        return Judge(Features(batch), batch).Figures;
    }

    /// <summary>The encoder as a safetensors file, float32: torchvision's keys without the last layer.</summary>
    public byte[] Encoder()
    {
        using DisposeScope scope = NewDisposeScope();
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, network.EncoderState());
        return stream.ToArray();
    }

    /// <summary>Weights, running statistics and moments as a safetensors file: a trainer of the same settings that loads it goes on to the same bytes.</summary>
    public byte[] Save()
    {
        using DisposeScope scope = NewDisposeScope();
        var tensors = network.state_dict().ToDictionary(entry => NetworkPrefix + entry.Key, entry => entry.Value);
        string[] names = [.. network.named_parameters().Select(entry => entry.name)];
        IReadOnlyList<Moments?> moments = AdamMoments.Read(optimizer);
        for (int i = 0; i < names.Length; i++)
        {
            if (moments[i] is not { } own)
                continue;
            tensors.Add(AveragePrefix + names[i], own.Average);
            tensors.Add(SquarePrefix + names[i], own.Square);
            tensors.Add(StepsPrefix + names[i], torch.tensor([own.Step]));
        }
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, tensors);
        foreach (Moments? own in moments)
            own?.Dispose();
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The file is of another network, or damaged.</exception>
    public void Load(ReadOnlySpan<byte> file)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = SafeTensors.Read(file);
        try
        {
            network.load_state_dict(Under(NetworkPrefix));
            Dictionary<string, Tensor> averages = Under(AveragePrefix), squares = Under(SquarePrefix), steps = Under(StepsPrefix);
            AdamMoments.Set(optimizer,
            [
                .. network.named_parameters().Select(entry => averages.TryGetValue(entry.name, out Tensor? average)
                    ? new Moments(steps[entry.name].item<long>(), average, squares[entry.name])
                    : null),
            ]);
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or TorchException)
        {
            throw new InvalidDataException($"the checkpoint is of another network: {error.Message}", error);
        }

        Dictionary<string, Tensor> Under(string prefix) =>
            tensors.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        network.Dispose();
    }

    /// <summary>(2N, features): the first views, then the second.</summary>
    private Tensor Features(PairBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = settings.ViewsApart
            ? cat([network.Features(ClipTensor.From(batch.First, settings.Input)), network.Features(ClipTensor.From(batch.Second, settings.Input))])
            : network.Features(ClipTensor.From([.. batch.First, .. batch.Second], settings.Input));
        return features.MoveToOuterDisposeScope();
    }

    private (Tensor Loss, StepFigures Figures) Judge(Tensor features, PairBatch batch)
    {
        Tensor contrast = batch.Classes is { } classes
            ? SupCon.Loss(network.Project(features), [.. classes, .. classes])
            : NtXent.Loss(network.Project(features), settings.Temperature, settings.MaskSamePatient ? batch.Patients : null);
        double deviation = Deviation(features);
        if (!settings.Order)
            return (contrast, new StepFigures(contrast.item<float>(), 0, 0, deviation));
        long[] orders = [.. batch.FirstOrders.Concat(batch.SecondOrders).Select(order => (long)order)];
        Tensor logits = network.OrderLogits(features);
        Tensor order = nn.functional.cross_entropy(logits, torch.tensor(orders));
        double right = logits.argmax(1).data<long>().ToArray().Zip(orders).Count(pair => pair.First == pair.Second);
        return (contrast + order, new StepFigures(contrast.item<float>(), order.item<float>(), right / orders.Length, deviation));
    }

    private static double Deviation(Tensor features)
    {
        using IDisposable mode = no_grad();
        Tensor centred = features.detach() - features.detach().mean([0], keepdim: true);
        return (centred * centred).mean([0]).sqrt().mean().item<float>();
    }
}
