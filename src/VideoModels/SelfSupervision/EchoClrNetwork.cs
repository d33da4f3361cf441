using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>
/// EchoCLR's network while it pretrains: R3D-18, a projection of its features for the contrast (512 → 256 → 128, both without bias), and a linear head on the features
/// themselves that names the order of the frames (512 → 24). Narrower networks scale the projection alike.
/// </summary>
public sealed class EchoClrNetwork : nn.Module<Tensor, Tensor>
{
    private readonly R3D18 encoder;
    private readonly Sequential projection;

    public EchoClrNetwork(int width) : base(nameof(EchoClrNetwork))
    {
        encoder = new R3D18(width, FrameOrder.Classes);
        projection = nn.Sequential(nn.Linear(8 * width, 4 * width, hasBias: false), nn.ReLU(), nn.Linear(4 * width, 2 * width, hasBias: false));
        RegisterComponents();
    }

    public ScalarType ComputeType
    {
        get => encoder.ComputeType;
        set => encoder.ComputeType = value;
    }

    /// <summary>(N, 3, T, H, W) → features h, (N, 8·width).</summary>
    public Tensor Features(Tensor clips)
    {
        using DisposeScope scope = NewDisposeScope();
        return encoder.forward_features(clips).mean([2, 3, 4]).MoveToOuterDisposeScope();
    }

    /// <summary>h → z, (N, 2·width).</summary>
    public Tensor Project(Tensor features) => projection.call(features);

    /// <summary>h → logits of the orders, (N, 24).</summary>
    public Tensor OrderLogits(Tensor features) => encoder.Head(features);

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return Project(Features(input)).MoveToOuterDisposeScope();
    }

    /// <summary>The encoder alone, by torchvision's keys, without a last layer: what fine-tuning begins with.</summary>
    public IReadOnlyDictionary<string, Tensor> EncoderState() =>
        encoder.state_dict().Where(entry => !entry.Key.StartsWith(R3D18.HeadPrefix, StringComparison.Ordinal)).ToDictionary(entry => entry.Key, entry => entry.Value);
}
