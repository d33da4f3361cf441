using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Prediction;

/// <summary>
/// The class activation map in closed form (Zhou et al. 2016): behind a global average pool and a linear head, a class's logit is the
/// mean over positions of Σ_c w_c A_c, so that sum is each position's share of the logit. Grad-CAM gives the same map up to scale.
/// </summary>
public static class Saliency
{
    /// <param name="maps">Last stage (N, C, t, h, w).</param>
    /// <param name="headWeight">(classes, C).</param>
    /// <returns>(N, 1, t, h, w); negative evidence is cut to 0, as in Grad-CAM.</returns>
    public static Tensor ClassActivation(Tensor maps, Tensor headWeight, int @class)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = headWeight.select(0, @class).reshape(1, -1, 1, 1, 1);
        return (maps * weight).sum([1], keepdim: true).relu().MoveToOuterDisposeScope();
    }

    /// <summary>To the window's own frames and pixels, each window scaled so that its peak is 1.</summary>
    public static SaliencyMap[] Upsample(Tensor activation, ModelInput input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor full = nn.functional.interpolate(activation, [input.Frames, input.Size, input.Size], mode: InterpolationMode.Trilinear, align_corners: false);
        float[] values = full.data<float>().ToArray();
        var maps = new SaliencyMap[full.size(0)];
        for (int i = 0; i < maps.Length; i++)
        {
            float[] window = values[(i * input.WindowBytes)..((i + 1) * input.WindowBytes)];
            float peak = window.Max();
            if (peak > 0)
                window = Array.ConvertAll(window, value => value / peak);
            maps[i] = new SaliencyMap(input.Frames, input.Size, window, peak);
        }
        return maps;
    }
}

/// <summary>Saliency 0…1 over one window, (T, S, S).</summary>
/// <param name="Peak">The largest activation before scaling: windows can be weighed against each other with it; 0 when nothing speaks for the class.</param>
public sealed record SaliencyMap(int Frames, int Size, float[] Values, float Peak)
{
    public ReadOnlySpan<float> Frame(int index) => Values.AsSpan(index * Size * Size, Size * Size);
}
