using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.VideoModels.Tests.Prediction;

public sealed class SaliencyTests
{
    /// <summary>Selvaraju et al. 2017: weights are the mean gradients of the logit over positions. Here by autograd, in the code by algebra.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ClassActivation_IsGradCamUpToTheNumberOfPositions(int @class)
    {
        manual_seed(5);
        using DisposeScope scope = NewDisposeScope();
        using var network = new R3D18(4, 2);
        network.eval();
        Tensor maps = network.forward_features(randn(2, 3, 16, 48, 48)).detach().requires_grad_();

        network.forward_head(maps).select(1, @class).sum().backward();
        Tensor alpha = maps.grad!.mean([2, 3, 4], keepdim: true);
        Tensor gradCam = (maps.detach() * alpha).sum([1], keepdim: true).relu();

        using IDisposable quiet = no_grad();
        Tensor closed = Saliency.ClassActivation(maps.detach(), network.HeadWeight, @class);
        Assert.Equal([2, 1, 2, 3, 3], closed.shape);
        Assert.True(closed.max().ToDouble() > 0);
        Assert.True((gradCam * (2 * 3 * 3)).allclose(closed, 1e-4, 1e-7));
    }

    [Fact]
    public void Upsample_OneHotCell_PeaksThereAtOne()
    {
        using DisposeScope scope = NewDisposeScope();
        var input = new ModelInput(16, 64, 50, 0, 1);
        float[] cells = new float[2 * 4 * 4];
        cells[16 + 4 * 3 + 1] = 7; // second half of the window, row 3, column 1

        SaliencyMap map = Saliency.Upsample(tensor(cells, 1, 1, 2, 4, 4), input)[0];

        int peak = Array.IndexOf(map.Values, map.Values.Max());
        Assert.Equal(1, map.Values.Max());
        Assert.InRange(map.Peak, 6.5, 7); // no pixel's centre falls on the cell's own
        Assert.InRange(peak / 4096, 8, 15);
        Assert.InRange(peak % 4096 / 64, 48, 63);
        Assert.InRange(peak % 64, 16, 31);
        Assert.Equal(0, map.Frame(0)[0]);
    }

    [Fact]
    public void Upsample_NothingSpeaksForTheClass_IsZeroNotNaN()
    {
        using DisposeScope scope = NewDisposeScope();

        SaliencyMap map = Saliency.Upsample(zeros(1, 1, 2, 4, 4), new ModelInput(4, 8, 50, 0, 1))[0];

        Assert.All(map.Values, value => Assert.Equal(0, value));
    }
}
