using System.Numerics;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Smooth lines through a few control points (Catmull–Rom).</summary>
internal static class Curve
{
    private const int StepsPerSpan = 6;

    public static Vector2[] Open(params ReadOnlySpan<Vector2> points)
    {
        var curve = new Vector2[(points.Length - 1) * StepsPerSpan + 1];
        for (var span = 0; span < points.Length - 1; span++)
        {
            var before = points[Math.Max(span - 1, 0)];
            var after = points[Math.Min(span + 2, points.Length - 1)];
            for (var step = 0; step < StepsPerSpan; step++)
                curve[span * StepsPerSpan + step] = Between(before, points[span], points[span + 1], after, (float)step / StepsPerSpan);
        }

        curve[^1] = points[^1];
        return curve;
    }

    public static Vector2[] Closed(params ReadOnlySpan<Vector2> points)
    {
        var n = points.Length;
        var curve = new Vector2[n * StepsPerSpan];
        for (var span = 0; span < n; span++)
            for (var step = 0; step < StepsPerSpan; step++)
                curve[span * StepsPerSpan + step] =
                    Between(points[(span + n - 1) % n], points[span], points[(span + 1) % n], points[(span + 2) % n], (float)step / StepsPerSpan);
        return curve;
    }

    /// <summary>An ellipse, or a part of one, from angle to angle (radians, 0 to the right, growing downwards).</summary>
    public static Vector2[] Ellipse(Vector2 centre, float radiusX, float radiusY, float from = 0f, float to = 2f * MathF.PI, int points = 48)
    {
        var curve = new Vector2[points];
        for (var i = 0; i < points; i++)
        {
            var (sin, cos) = MathF.SinCos(from + (to - from) * i / (points - 1));
            curve[i] = centre + new Vector2(radiusX * cos, radiusY * sin);
        }

        return curve;
    }

    /// <summary>The first line forwards, then the second backwards: the band between them as one polygon.</summary>
    public static Vector2[] Band(ReadOnlySpan<Vector2> first, ReadOnlySpan<Vector2> second)
    {
        var band = new Vector2[first.Length + second.Length];
        first.CopyTo(band);
        for (var i = 0; i < second.Length; i++)
            band[first.Length + i] = second[second.Length - 1 - i];
        return band;
    }

    /// <summary>The line moved sideways by a distance (cm), to its left when walked along in a frame whose y points down.</summary>
    public static Vector2[] Offset(ReadOnlySpan<Vector2> line, float distance)
    {
        var moved = new Vector2[line.Length];
        for (var i = 0; i < line.Length; i++)
        {
            var along = line[Math.Min(i + 1, line.Length - 1)] - line[Math.Max(i - 1, 0)];
            moved[i] = line[i] + distance * Vector2.Normalize(new Vector2(along.Y, -along.X));
        }

        return moved;
    }

    private static Vector2 Between(Vector2 p0, Vector2 p1, Vector2 p2, Vector2 p3, float t)
    {
        var t2 = t * t;
        var t3 = t2 * t;
        return 0.5f * (2f * p1 + (p2 - p0) * t + (2f * p0 - 5f * p1 + 4f * p2 - p3) * t2 + (3f * p1 - p0 - 3f * p2 + p3) * t3);
    }
}
