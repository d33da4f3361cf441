using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>The aortic leaflets cut lengthwise. With stenosis they are thick, bright and lumpy, and dome instead of lying back against the sinus.</summary>
internal sealed class AorticValve
{
    private readonly PhantomPatient _patient;
    private readonly (float Place, float Size, int Leaflet)[] _lumps;

    public AorticValve(PhantomPatient patient)
    {
        _patient = patient;
        var random = PhantomRandom.For(patient.Seed, patient.Number, 3);
        // Calcium comes in lumps, and only once the valve is diseased.
        var count = (int)MathF.Round(4f * MathF.Max(0f, patient.AorticStenosis - 0.25f) * random.Uniform(0.6f, 1.2f));
        _lumps = new (float, float, int)[count];
        for (var i = 0; i < count; i++)
            _lumps[i] = (random.Uniform(0.25f, 0.95f), random.Uniform(0.5f, 1.1f) * patient.LeafletThickness, random.Next(2));
    }

    /// <param name="anterior">Hinge of the right coronary leaflet.</param>
    /// <param name="posterior">Hinge of the non-coronary leaflet.</param>
    /// <param name="outflow">Unit vector along the aorta.</param>
    public void Paint(EchoField field, Vector2 anterior, Vector2 posterior, Vector2 outflow, float opening)
    {
        var q = opening * _patient.LeafletExcursion;
        Span<Vector2> hinges = [anterior, posterior];
        for (var leaflet = 0; leaflet < 2; leaflet++)
        {
            var line = Leaflet(hinges[leaflet], (anterior + posterior) * 0.5f, outflow, q);
            field.Stroke(line, _patient.LeafletThickness, _patient.LeafletBrightness, 0.6f, Tissue.AorticLeaflet);
            foreach (var (place, size, on) in _lumps)
            {
                if (on != leaflet)
                    continue;
                var at = line[(int)(place * (line.Length - 1))];
                field.Stroke([at - outflow * 0.5f * size, at + outflow * 0.5f * size], size, _patient.LeafletBrightness, 0.9f, Tissue.AorticLeaflet);
            }
        }
    }

    public static Vector2 Centre(Vector2 anterior, Vector2 posterior, Vector2 outflow) => (anterior + posterior) * 0.5f + 0.65f * outflow;

    private static Vector2[] Leaflet(Vector2 hinge, Vector2 centre, Vector2 outflow, float q)
    {
        var radius = Vector2.Distance(hinge, centre);
        var inwards = (centre - hinge) / radius;
        // Closed: a belly towards the ventricle, then along the middle line; open: against the sinus.
        var belly = Vector2.Lerp(hinge + 0.55f * radius * inwards + 0.18f * radius * outflow, hinge + 0.1f * radius * inwards + 0.65f * radius * outflow, q);
        var middle = Vector2.Lerp(hinge + 0.96f * radius * inwards + 0.42f * radius * outflow, hinge + 0.12f * radius * inwards + 1.05f * radius * outflow, q);
        var tip = Vector2.Lerp(hinge + 0.98f * radius * inwards + 0.95f * radius * outflow, hinge + 0.16f * radius * inwards + 1.42f * radius * outflow, q);
        return Curve.Open(hinge, belly, middle, tip);
    }
}
