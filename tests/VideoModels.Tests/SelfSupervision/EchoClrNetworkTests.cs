using EchoClr.VideoModels.Networks;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.VideoModels.Tests.SelfSupervision;

public sealed class EchoClrNetworkTests
{
    [Fact]
    public void Parameters_AtFullWidth_AreThePapers()
    {
        using var network = new EchoClrNetwork(64);
        Dictionary<string, long> counts = network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.numel());

        Assert.Equal(33_342_424, counts.Values.Sum());
        Assert.Equal(163_840, counts.Where(entry => entry.Key.StartsWith("projection.", StringComparison.Ordinal)).Sum(entry => entry.Value));
        Assert.Equal(12_312, counts["encoder.fc.weight"] + counts["encoder.fc.bias"]);
        Assert.Equal(33_166_272, counts.Where(entry => entry.Key.StartsWith("encoder.", StringComparison.Ordinal) && !entry.Key.StartsWith("encoder.fc.", StringComparison.Ordinal)).Sum(entry => entry.Value));
    }

    [Fact]
    public void EncoderState_OfANarrowNetwork_FitsTheNetworkThatIsFineTuned()
    {
        using var network = new EchoClrNetwork(4);
        using var fine = new R3D18(4, classes: 2);

        (IList<string> missing, IList<string> unexpected) = fine.load_state_dict(network.EncoderState().ToDictionary(), strict: false);

        Assert.Equal(["fc.weight", "fc.bias"], missing);
        Assert.Empty(unexpected);
        using Tensor clips = randn(2, 3, 4, 32, 32);
        using (no_grad())
        {
            network.eval();
            fine.eval();
            using DisposeScope scope = NewDisposeScope();
            Assert.Equal(network.Features(clips).data<float>().ToArray(), fine.forward_features(clips).mean([2, 3, 4]).data<float>().ToArray());
            Assert.Equal([2, 8], network.call(clips).shape);
        }
    }
}
