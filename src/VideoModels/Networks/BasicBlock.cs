namespace EchoClr.VideoModels.Networks;

/// <summary>Two 3×3×3 convolutions and a shortcut; field names are torchvision's checkpoint keys.</summary>
internal sealed class BasicBlock : nn.Module<Tensor, Tensor>
{
    private readonly Sequential conv1;
    private readonly Sequential conv2;
    private readonly Sequential? downsample;

    internal BasicBlock(long inplanes, long planes, long stride) : base(nameof(BasicBlock))
    {
        conv1 = nn.Sequential(Convolution(inplanes, planes, stride), nn.BatchNorm3d(planes), nn.ReLU(inplace: true));
        conv2 = nn.Sequential(Convolution(planes, planes, 1), nn.BatchNorm3d(planes));
        if (stride != 1 || inplanes != planes)
            downsample = nn.Sequential(nn.Conv3d(inplanes, planes, kernel_size: 1, stride: stride, bias: false), nn.BatchNorm3d(planes));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor residual = downsample is null ? input : downsample.call(input);
        Tensor sum = conv2.call(conv1.call(input)) + residual;
        return nn.functional.relu(sum).MoveToOuterDisposeScope();
    }

    private static Conv3d Convolution(long inplanes, long planes, long stride) =>
        nn.Conv3d(inplanes, planes, kernel_size: 3, stride: stride, padding: 1, bias: false);
}
