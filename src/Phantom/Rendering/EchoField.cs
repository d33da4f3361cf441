using System.Numerics;
using EchoClr.Phantom.Anatomy;

namespace EchoClr.Phantom.Rendering;

/// <summary>
/// What the probe would meet, on its own grid of beams and depths: how strongly each cell scatters (speckle) and how strongly it reflects (interfaces).
/// Anatomy is painted into it, back to front, in centimetres.
/// </summary>
internal sealed class EchoField
{
    public const int Beams = 144;  // 0.5–0.65° apart: half the width of a 2.5 MHz phased-array beam
    public const int Depths = 320; // 0.04–0.06 cm: about a pulse length
    private const int MaxCrossings = 32;

    private readonly float[] _x = new float[Beams * Depths];
    private readonly float[] _y = new float[Beams * Depths];
    private readonly float[] _crossings = new float[Beams * MaxCrossings];
    private readonly int[] _crossingCount = new int[Beams];
    private readonly Vector2[] _polar = new Vector2[1024];

    public EchoField(SectorShape sector)
    {
        Sector = sector;
        for (var d = 0; d < Depths; d++)
            for (var b = 0; b < Beams; b++)
            {
                var (sin, cos) = MathF.SinCos(AngleOf(b));
                var r = d * sector.Depth / (Depths - 1);
                _x[d * Beams + b] = r * sin;
                _y[d * Beams + b] = r * cos;
            }
    }

    public SectorShape Sector { get; }

    /// <summary>Scattering amplitude, row by row (a row is one depth); 1 shows as white at gain 0.</summary>
    public float[] Scatter { get; } = new float[Beams * Depths];

    /// <summary>Reflection amplitude of interfaces and leaflets.</summary>
    public float[] Reflection { get; } = new float[Beams * Depths];

    public Tissue[] Labels { get; } = new Tissue[Beams * Depths];

    /// <summary>From the anatomy's plane to the probe's: tilt, shift and oblique cut of this video.</summary>
    public Matrix3x2 Placement { get; set; } = Matrix3x2.Identity;

    public float AngleOf(float beam) => (2f * beam / (Beams - 1) - 1f) * Sector.HalfAngle;

    public Vector2 PositionOf(int beam, int depth) => new(_x[depth * Beams + beam], _y[depth * Beams + beam]);

    /// <summary>Beam and depth index (fractional) of a point in the probe's plane.</summary>
    public Vector2 ToGrid(Vector2 p) => new(
        (MathF.Atan2(p.X, p.Y) / Sector.HalfAngle + 1f) * 0.5f * (Beams - 1),
        p.Length() * (Depths - 1) / Sector.Depth);

    public void Clear(float scatter)
    {
        Array.Fill(Scatter, scatter);
        Array.Clear(Reflection);
        Array.Clear(Labels);
    }

    /// <summary>Fills a closed outline; what lay there before is replaced, interfaces included.</summary>
    public void Fill(ReadOnlySpan<Vector2> outline, float scatter, Tissue label)
    {
        CollectCrossings(outline, out var first, out var last);
        for (var b = first; b <= last; b++)
        {
            var crossings = _crossings.AsSpan(b * MaxCrossings, _crossingCount[b]);
            crossings.Sort();
            for (var i = 0; i + 1 < crossings.Length; i += 2)
                FillColumn(b, crossings[i], crossings[i + 1], scatter, label);
        }
    }

    /// <summary>Draws a line of a thickness (cm) that shines where it lies across the beam.</summary>
    /// <param name="diffuse">What is left of the brightness where the line runs along the beam, 0–1.</param>
    public void Stroke(ReadOnlySpan<Vector2> line, float thickness, float brightness, float diffuse, Tissue label)
    {
        // The profile (1−u²)² is half as high at 0.54 of its reach; a line thinner than a cell shows fainter, not thinner.
        var reach = MathF.Max(0.93f * thickness, 0.075f);
        brightness *= MathF.Min(1f, 0.93f * thickness / reach + 0.15f);
        var from = Vector2.Transform(line[0], Placement);
        for (var i = 1; i < line.Length; i++)
        {
            var to = Vector2.Transform(line[i], Placement);
            var along = to - from;
            var beam = (from + to) * 0.5f;
            var cross = (along.X * beam.Y - along.Y * beam.X) / MathF.Max(along.Length() * beam.Length(), 1e-6f);
            StrokeSegment(from, to, reach, brightness * (diffuse + (1f - diffuse) * cross * cross), label);
            from = to;
        }
    }

    private void StrokeSegment(Vector2 from, Vector2 to, float reach, float brightness, Tissue label)
    {
        var g0 = ToGrid(from);
        var g1 = ToGrid(to);
        var cellDepth = Sector.Depth / (Depths - 1);
        var nearest = MathF.Max(MathF.Min(g0.Y, g1.Y) * cellDepth, 0.3f);
        var marginB = reach / nearest / (2f * Sector.HalfAngle / (Beams - 1));
        var marginD = reach / cellDepth;
        var b0 = Math.Max((int)(MathF.Min(g0.X, g1.X) - marginB), 0);
        var b1 = Math.Min((int)(MathF.Max(g0.X, g1.X) + marginB) + 1, Beams - 1);
        var d0 = Math.Max((int)(MathF.Min(g0.Y, g1.Y) - marginD), 0);
        var d1 = Math.Min((int)(MathF.Max(g0.Y, g1.Y) + marginD) + 1, Depths - 1);
        var along = to - from;
        var scale = 1f / MathF.Max(along.LengthSquared(), 1e-9f);
        var perReach = 1f / (reach * reach);
        for (var d = d0; d <= d1; d++)
            for (var b = b0; b <= b1; b++)
            {
                var i = d * Beams + b;
                var p = new Vector2(_x[i], _y[i]) - from;
                var t = Math.Clamp(Vector2.Dot(p, along) * scale, 0f, 1f);
                var u = 1f - (p - t * along).LengthSquared() * perReach;
                if (u <= 0f)
                    continue;
                Reflection[i] = MathF.Max(Reflection[i], brightness * u * u);
                if (u > 0.7f)
                    Labels[i] = label;
            }
    }

    private void CollectCrossings(ReadOnlySpan<Vector2> outline, out int first, out int last)
    {
        Array.Clear(_crossingCount);
        first = Beams;
        last = -1;
        for (var i = 0; i < outline.Length; i++)
            _polar[i] = ToGrid(Vector2.Transform(outline[i], Placement));
        for (var i = 0; i < outline.Length; i++)
        {
            var p = _polar[i];
            var q = _polar[i + 1 == outline.Length ? 0 : i + 1];
            if (p.X > q.X)
                (p, q) = (q, p);
            var b0 = Math.Max((int)MathF.Ceiling(p.X), 0);
            var b1 = Math.Min((int)MathF.Ceiling(q.X) - 1, Beams - 1);
            for (var b = b0; b <= b1; b++)
                if (_crossingCount[b] < MaxCrossings)
                    _crossings[b * MaxCrossings + _crossingCount[b]++] = p.Y + (q.Y - p.Y) * (b - p.X) / (q.X - p.X);
            if (b0 > b1)
                continue;
            first = Math.Min(first, b0);
            last = Math.Max(last, b1);
        }
    }

    /// <summary>Fills one beam between two depths; the end cells by the part of them that is covered, so that slow motion does not jump.</summary>
    private void FillColumn(int beam, float near, float far, float scatter, Tissue label)
    {
        near = MathF.Max(near, 0f);
        far = MathF.Min(far, Depths - 1);
        for (var d = (int)near; d <= (int)far && d < Depths; d++)
        {
            var cover = MathF.Min(far, d + 1) - MathF.Max(near, d);
            if (cover <= 0f)
                continue;
            var i = d * Beams + beam;
            Scatter[i] += (scatter - Scatter[i]) * cover;
            Reflection[i] *= 1f - cover;
            if (cover > 0.5f)
                Labels[i] = label;
        }
    }
}
