using EchoClr.Inference.Reporting;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Inference.Analysis;

/// <summary>A parasternal long-axis cine that the findings model read, kept until the study is concluded.</summary>
/// <param name="WindowProbabilities">(windows, classes).</param>
/// <param name="FileFrames">For each decoded frame its number in the file, from 0.</param>
internal sealed record LongAxisCine(
    ObjectReference Source, long? InstanceId, double? ViewProbability, ClipInput Clip, double[][] WindowProbabilities,
    IReadOnlyList<int> FileFrames, PixelRectangle Sector, int Columns, int Rows)
{
    /// <summary>The video's probabilities: the mean over its windows.</summary>
    public double[] Probabilities { get; } = Probability.Mean(WindowProbabilities);
}
