using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Networks;

/// <summary>
/// torchvision's r3d_18 (Tran et al. 2018, "A Closer Look at Spatiotemporal Convolutions"): the 3D ResNet-18 of EchoCLR. Width 64 is
/// the published network and takes its checkpoints; smaller widths scale every stage down alike.
/// </summary>
public sealed class R3D18 : nn.Module<Tensor, Tensor>
{
    /// <summary>What the keys of the last layer begin with, and those of the encoder do not.</summary>
    internal const string HeadPrefix = "fc.";

    private readonly Precision precision = new();
    private readonly Sequential stem;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly Dropout dropout;
    private readonly Linear fc;

    /// <param name="width">Channels of the first stage; the later ones have 2, 4 and 8 times as many.</param>
    /// <param name="classes">Logits.</param>
    /// <param name="featureDropout">Share of the pooled features dropped while training. EchoCLR's code drops the logit itself, which we do not repeat.</param>
    public R3D18(int width, int classes, double featureDropout = 0) : base(nameof(R3D18))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Width = width;
        Classes = classes;
        stem = nn.Sequential(
            new Conv3DSimple(3, width, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3], precision),
            nn.BatchNorm3d(width),
            nn.ReLU(inplace: true));
        layer1 = Stage(width, width, stride: 1);
        layer2 = Stage(width, 2 * width, stride: 2);
        layer3 = Stage(2 * width, 4 * width, stride: 2);
        layer4 = Stage(4 * width, 8 * width, stride: 2);
        dropout = nn.Dropout(featureDropout);
        fc = nn.Linear(8 * width, classes);
        RegisterComponents();
        nn.init.normal_(fc.weight, 0, 0.01); // as torchvision; batch norms start as identity
        nn.init.constant_(fc.bias!, 0);
    }

    public int Width { get; }

    public int Classes { get; }

    /// <summary>What the convolutions compute in. bfloat16 halves the time of a training step on processors that have it; weights stay float32.</summary>
    public ScalarType ComputeType
    {
        get => precision.Type;
        set => precision.Type = value;
    }

    /// <summary>The linear head's weights: (classes, 8·width).</summary>
    public Tensor HeadWeight => fc.weight;

    internal IEnumerable<Parameter> HeadParameters => fc.parameters();

    /// <summary>(N, 3, T, H, W) → the last stage's maps (N, 8·width, ⌈T/8⌉, ⌈H/16⌉, ⌈W/16⌉).</summary>
    public Tensor forward_features(Tensor clips)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = layer1.call(stem.call(clips));
        return layer4.call(layer3.call(layer2.call(x))).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Maps → global average pool → dropout → logits (N, classes).</summary>
    public Tensor forward_head(Tensor maps)
    {
        using DisposeScope scope = NewDisposeScope();
        return fc.call(dropout.call(maps.mean([2, 3, 4]))).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the weights of everything before the last layer from a safetensors file; the last layer stays as it was drawn.</summary>
    /// <exception cref="InvalidDataException">The file is of another network, or damaged.</exception>
    internal void LoadEncoder(ReadOnlySpan<byte> file)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = SafeTensors.Read(file);
        foreach ((string key, Tensor tensor) in state_dict().Where(entry => entry.Key.StartsWith(HeadPrefix, StringComparison.Ordinal)))
            tensors[key] = tensor;
        try
        {
            load_state_dict(tensors);
        }
        catch (Exception error) when (error is InvalidOperationException or TorchException)
        {
            throw new InvalidDataException($"the encoder is of another network: {error.Message}", error);
        }
    }

    /// <summary>Pooled features (N, 8·width) → logits, without dropout.</summary>
    internal Tensor Head(Tensor features) => fc.call(features);

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return forward_head(forward_features(input)).MoveToOuterDisposeScope();
    }

    private Sequential Stage(long inplanes, long planes, long stride) =>
        nn.Sequential(new BasicBlock(inplanes, planes, stride, precision), new BasicBlock(planes, planes, 1, precision));
}
