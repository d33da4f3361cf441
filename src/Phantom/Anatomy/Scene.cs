using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Where the truth lies at one instant, in the plane in which it was asked for.</summary>
/// <param name="AorticValve">Middle of the leaflets; null where the plane does not cut them.</param>
/// <param name="Septum">Middle of the septum, half way along the ventricle.</param>
/// <param name="PosteriorWall">Middle of the opposite wall.</param>
internal readonly record struct Landmarks(Vector2? AorticValve, Vector2? Septum, Vector2? PosteriorWall);

/// <summary>A cut through a patient's heart: paints itself for an instant of the beat, in centimetres, the probe at the origin and y into the body.</summary>
internal abstract class Scene
{
    // Scattering amplitudes: 1 is white at gain 0, and 20·log10 of them are decibels.
    protected const float Blood = 0.0028f;
    protected const float Muscle = 0.20f;
    protected const float Fibrous = 0.55f;

    /// <summary>The point about which videos are tilted.</summary>
    public virtual Vector2 Centre => new(0f, 7f);

    public abstract void Paint(EchoField field, Beat beat);

    /// <summary>Where tissue that lay at a point at end-diastole is now.</summary>
    public abstract Vector2 Move(Vector2 point, Beat beat);

    /// <summary>Where blood flows, for colour Doppler: cm/s towards the probe at a point, 0 in tissue.</summary>
    public virtual float FlowTowardsProbe(Vector2 point, Beat beat) => 0f;

    /// <summary>Slow blood turning in the cavities, cm/s towards the probe.</summary>
    protected static float Swirl(Vector2 point, Beat beat) =>
        (14f + 16f * beat.MitralOpening) * MathF.Sin(0.9f * point.X + 1.3f) * MathF.Cos(0.55f * point.Y - 2f * beat.Contraction);

    public virtual Landmarks Landmarks(Beat beat) => default;

    /// <summary>The inverse of <see cref="Move(Vector2, Beat)"/>, by two steps of fixed-point iteration: motion is small beside the heart.</summary>
    public Vector2 MaterialOf(Vector2 now, Beat beat)
    {
        var was = now - (Move(now, beat) - now);
        return was + (now - Move(was, beat));
    }

    /// <summary>A line that has moved with the tissue.</summary>
    protected Vector2[] Moved(Vector2[] line, Beat beat)
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = Move(line[i], beat);
        return line;
    }

    /// <summary>The chest wall, and a dim and uneven mediastinum behind everything.</summary>
    protected static void PaintChest(EchoField field, PhantomPatient patient, float skin = 1.5f)
    {
        field.Clear(0.028f * patient.BackgroundBrightness);
        field.Fill(Curve.Band(Arc(0.1f), Arc(skin)), 0.11f, Tissue.Background);
        field.Fill(Curve.Band(Arc(0.1f), Arc(0.55f * skin)), 0.2f, Tissue.Background);
    }

    protected static Vector2[] Arc(float radius) => Curve.Ellipse(default, radius, radius, 0.05f * MathF.PI, 0.95f * MathF.PI, 32);
}
