namespace EchoClr.VideoModels.Networks;

/// <summary>
/// A convolution without bias that may compute in a narrower type than its float32 weights: what PyTorch's autocast does, which TorchSharp
/// lacks. torchvision's name; its one key is <c>weight</c>.
/// </summary>
internal sealed class Conv3DSimple : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly long[] stride;
    private readonly long[] padding;
    private readonly Precision precision;

    internal Conv3DSimple(long inplanes, long planes, long[] kernel, long[] stride, long[] padding, Precision precision) : base(nameof(Conv3DSimple))
    {
        this.stride = stride;
        this.padding = padding;
        this.precision = precision;
        using Tensor initial = nn.init.kaiming_normal_(torch.empty([planes, inplanes, .. kernel]), mode: nn.init.FanInOut.FanOut); // torchvision's choice
        weight = new Parameter(initial);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = precision.Type;
        return nn.functional.conv3d(input.to_type(type), weight.to_type(type), null, stride, padding).MoveToOuterDisposeScope();
    }
}

/// <summary>The type that a network's convolutions compute in; one object for all of them.</summary>
internal sealed class Precision
{
    internal ScalarType Type { get; set; } = ScalarType.Float32;
}
