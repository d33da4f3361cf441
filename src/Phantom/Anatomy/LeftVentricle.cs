using System.Numerics;

namespace EchoClr.Phantom.Anatomy;

/// <summary>
/// The left ventricle's frame in one view plane and the motion it forces on everything around it: the wall moves inwards (endocardium more than epicardium,
/// so that it thickens) and the base moves towards the apex. One displacement field drives contours and speckle alike.
/// </summary>
/// <param name="Base">Middle of the base at end-diastole, cm.</param>
/// <param name="Axis">Unit vector from base to apex.</param>
/// <param name="Radius">Half the cavity's inner diameter at end-diastole, cm.</param>
/// <param name="Length">From base to apex, cm.</param>
/// <param name="Shortening">Fractional shortening: how much of the radius the endocardium moves inwards.</param>
/// <param name="BaseMotion">How far the base moves towards the apex in systole, cm.</param>
internal sealed record LeftVentricle(Vector2 Base, Vector2 Axis, float Radius, float Length, float Shortening, float BaseMotion)
{
    /// <summary>Unit vector across the axis: posterior or lateral, to the left of the axis when walked from base to apex in a frame whose y points down.</summary>
    public Vector2 Side { get; } = new(Axis.Y, -Axis.X);

    /// <summary>A point by its distance along the axis from the base and across it, cm.</summary>
    public Vector2 At(float along, float across) => Base + along * Axis + across * Side;

    /// <summary>Half the cavity's width at a distance along the axis, as a fraction of <see cref="Radius"/>.</summary>
    public float Profile(float along)
    {
        var u = Math.Clamp(along / Length, 0f, 1f);
        return MathF.Sqrt(1f - MathF.Pow(u, 2.2f)) * (0.93f + 0.14f * u);
    }

    /// <summary>The endocardium on one side (sign −1 or 1), from the base to the apex, at end-diastole.</summary>
    public Vector2[] Endocardium(int sign, float outwards = 0f, float from = 0.3f)
    {
        const int Points = 22;
        var line = new Vector2[Points];
        for (var i = 0; i < Points; i++)
        {
            // Denser towards the apex, where the wall turns.
            var t = i / (Points - 1f);
            var along = from + (Length - from) * (1f - (1f - t) * (1f - t));
            var slope = MathF.Min(1f, (Length - along) / (0.35f * Length));
            // Trabeculae: the inner surface is not smooth.
            var rough = outwards == 0f ? 0.05f * MathF.Sin(5.1f * along + 3f * sign + 20f * Radius) * slope : 0f;
            line[i] = At(along + outwards * (1f - slope), sign * (Radius * Profile(along) + rough + outwards * MathF.Max(slope, 0.08f)));
        }

        return line;
    }

    /// <summary>Where tissue that lies at a point at end-diastole has gone, cm.</summary>
    public Vector2 Move(Vector2 point, float contraction)
    {
        var d = point - Base;
        var along = Vector2.Dot(d, Axis);
        var across = Vector2.Dot(d, Side);
        var fromBase = along < 0f ? MathF.Exp(along / 2.2f) : MathF.Max(0f, 1f - along / Length);
        var longitudinal = BaseMotion * contraction * fromBase * Falloff(MathF.Abs(across) / Radius - 1.2f);

        var wall = Radius * Profile(MathF.Max(along, 0f)) + 0.05f;
        var distance = MathF.Abs(across);
        var inwards = distance < wall ? distance / wall : wall * wall / (distance * distance);
        var reach = along < 0f ? MathF.Exp(along / 0.9f) : along > Length ? MathF.Exp((Length - along) / 0.8f) : 1f;
        var radial = wall * Shortening * contraction * inwards * reach;
        return point + longitudinal * Axis - MathF.Sign(across) * radial * Side;
    }

    public void Move(Span<Vector2> points, float contraction)
    {
        for (var i = 0; i < points.Length; i++)
            points[i] = Move(points[i], contraction);
    }

    private static float Falloff(float beyond) => beyond <= 0f ? 1f : 1f / (1f + beyond * beyond);
}
