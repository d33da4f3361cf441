namespace EchoClr.VideoModels.Networks;

/// <summary>Two 3×3×3 convolutions and a shortcut; field names are torchvision's checkpoint keys.</summary>
internal sealed class BasicBlock : nn.Module<Tensor, Tensor>
{
    private readonly Sequential conv1;
    private readonly Sequential conv2;
    private readonly Sequential? downsample;

    internal BasicBlock(long inplanes, long planes, long stride, Precision precision) : base(nameof(BasicBlock))
    {
        conv1 = nn.Sequential(Convolution(inplanes, planes, 3, stride, precision), nn.BatchNorm3d(planes), nn.ReLU(inplace: true));
        conv2 = nn.Sequential(Convolution(planes, planes, 3, 1, precision), nn.BatchNorm3d(planes));
        if (stride != 1 || inplanes != planes)
            downsample = nn.Sequential(Convolution(inplanes, planes, 1, stride, precision), nn.BatchNorm3d(planes));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor residual = downsample is null ? input : downsample.call(input);
        Tensor sum = conv2.call(conv1.call(input)) + residual;
        return nn.functional.relu(sum).MoveToOuterDisposeScope();
    }

    private static Conv3DSimple Convolution(long inplanes, long planes, long kernel, long stride, Precision precision) =>
        new(inplanes, planes, [kernel, kernel, kernel], [stride, stride, stride], [kernel / 2, kernel / 2, kernel / 2], precision);
}
