using System.Buffers.Binary;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Drift;

/// <summary>
/// What the cines of one sender look like. Numbers and embeddings are taken relative to the mean of their view over both samples, so that a change of the views that are recorded does not pass
/// for a change of the picture; and then averaged over a study.
/// </summary>
/// <param name="studies">The cines of each study, the reference first.</param>
internal sealed class PictureSamples(string sender, int references, string against, IReadOnlyList<List<CineMeasureRow>> studies)
{
    private readonly List<CineMeasureRow> cines = [.. studies.SelectMany(study => study)];

    public IEnumerable<Sample> List()
    {
        yield return Mix("view mix", cine => cine.ViewLabel);
        yield return Mix("scanner mix", cine => cine.Scanner);
        yield return Number("brightness", "0.0", cine => cine.Brightness);
        yield return Number("contrast", "0.0", cine => cine.Contrast);
        yield return Number("sector shape", "0.000", cine => cine.SectorShape);
        yield return Number("share of the picture", "0.000", cine => cine.PictureShare);
        yield return Number("time between frames", "0.0 ms", cine => cine.FrameMs);
        yield return Embedding();
    }

    private Sample Mix(string measure, Func<CineMeasureRow, string> category)
    {
        string[] categories = [.. cines.Select(category).Distinct().Order(StringComparer.Ordinal)];
        return Sample.OfMix(sender, measure, references, against, categories,
            [.. studies.Select(study => Array.ConvertAll(categories, name => study.Count(cine => category(cine) == name) / (double)study.Count))]);
    }

    private Sample Number(string measure, string format, Func<CineMeasureRow, double> value)
    {
        var means = cines.GroupBy(cine => cine.ViewLabel).ToDictionary(view => view.Key, view => view.Average(value));
        return Sample.OfNumbers(
            sender, measure, references, against, format, [.. studies.Select(study => study.Average(cine => value(cine) - means[cine.ViewLabel]))], [.. studies.Select(study => study.Average(value))]);
    }

    private Sample Embedding()
    {
        var vectors = cines.ToDictionary(cine => cine, Vector);
        var dimensions = vectors[cines[0]].Length;
        foreach (var view in cines.GroupBy(cine => cine.ViewLabel))
        {
            var mean = Mean([.. view.Select(cine => vectors[cine])], dimensions);
            foreach (var cine in view)
                for (var d = 0; d < dimensions; d++)
                    vectors[cine][d] -= mean[d];
        }
        // Every dimension counts alike: the network's own scales mean nothing to a change of the picture.
        var scales = Enumerable.Range(0, dimensions).Select(d => MathF.Sqrt(vectors.Values.Average(vector => vector[d] * vector[d]))).ToArray();
        foreach (var vector in vectors.Values)
            for (var d = 0; d < dimensions; d++)
                vector[d] = scales[d] > 0 ? vector[d] / scales[d] : 0;
        var samples = new VectorSamples([.. studies.Select(study => Mean([.. study.Select(cine => vectors[cine])], dimensions))]);
        return new Sample(sender, "embedding", references, samples, $"the pictures look different to the view gate ({against})");
    }

    private static float[] Mean(List<float[]> vectors, int dimensions)
    {
        var mean = new float[dimensions];
        foreach (var vector in vectors)
            for (var d = 0; d < dimensions; d++)
                mean[d] += vector[d] / vectors.Count;
        return mean;
    }

    private static float[] Vector(CineMeasureRow cine)
    {
        var vector = new float[cine.Embedding.Length / 2];
        for (var d = 0; d < vector.Length; d++)
            vector[d] = (float)BinaryPrimitives.ReadHalfLittleEndian(cine.Embedding.AsSpan(2 * d));
        return vector;
    }
}
