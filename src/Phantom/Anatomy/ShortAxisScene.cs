using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Short axis through the middle of the left ventricle: a ring with two papillary muscles, the right ventricle as a crescent on its left.</summary>
internal sealed class ShortAxisScene(PhantomPatient patient) : Scene
{
    private readonly Vector2 _middle = new(0.6f, 4.9f + patient.VentricleRadius);
    private readonly float _radius = patient.VentricleRadius * 0.97f;

    public override Vector2 Centre => _middle;

    public override Vector2 Move(Vector2 point, Beat beat)
    {
        var d = point - _middle;
        var distance = MathF.Max(d.Length(), 1e-3f);
        var inwards = distance < _radius ? distance / _radius : _radius * _radius / (distance * distance);
        var moved = d * (1f - _radius * patient.FractionalShortening * beat.Contraction * inwards / distance);
        var (sin, cos) = MathF.SinCos(0.12f * beat.Contraction * inwards); // the ring twists as it squeezes
        return _middle + new Vector2(moved.X * cos - moved.Y * sin, moved.X * sin + moved.Y * cos);
    }

    public override Landmarks Landmarks(Beat beat) => new(
        null,
        Move(_middle + new Vector2(-0.5f, -0.87f) * (_radius + 0.5f * patient.WallThickness), beat),
        Move(_middle + new Vector2(0.3f, 0.95f) * (_radius + 0.5f * patient.WallThickness), beat));

    public override float FlowTowardsProbe(Vector2 point, Beat beat)
    {
        var off = (point - _middle - new Vector2(0.3f, 0.1f)).Length() / (0.8f * _radius);
        return (off < 1f ? (1f - off * off) * (45f * beat.MitralOpening - 25f * beat.AorticOpening) : 0f) + Swirl(point, beat);
    }

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, patient);
        var outer = _radius + patient.WallThickness;
        PaintPericardium(field, beat, outer);
        PaintRightVentricle(field, beat, outer);
        var muscle = Muscle * patient.MuscleBrightness;
        var epicardium = Moved(Ring(outer), beat);
        var endocardium = Moved(Ring(_radius), beat);
        field.Fill(epicardium, muscle, Tissue.Myocardium);
        field.Stroke(epicardium.AsSpan(26, 24), 0.12f, 0.28f * patient.MuscleBrightness, 0.15f, Tissue.Septum);
        field.Fill(endocardium, Blood, Tissue.Blood);
        field.Stroke(endocardium, 0.12f, 0.26f * patient.MuscleBrightness, 0.2f, Tissue.Myocardium);
        PaintPapillary(field, beat, 0.62f, muscle);
        PaintPapillary(field, beat, 2.45f, muscle);
    }

    private Vector2[] Ring(float radius)
    {
        // Not quite a circle, the same for inner and outer line so that the wall keeps its thickness.
        var ring = Curve.Ellipse(_middle, radius, radius, points: 60);
        for (var i = 0; i < ring.Length; i++)
        {
            var angle = MathF.Atan2(ring[i].Y - _middle.Y, ring[i].X - _middle.X);
            ring[i] += 0.10f * MathF.Cos(2f * angle + 0.8f + patient.Tilt * 6f) * Vector2.Normalize(ring[i] - _middle);
        }

        return ring;
    }

    private void PaintPericardium(EchoField field, Beat beat, float outer)
    {
        var line = Moved(Curve.Ellipse(_middle, outer + 0.25f, outer + 0.2f, -0.25f, 0.9f * MathF.PI, 40), beat);
        field.Fill(Curve.Band(line, Curve.Offset(line, 2.2f)), 0.06f * patient.BackgroundBrightness, Tissue.Background);
        field.Fill(Curve.Band(line, Curve.Offset(line, 1.0f)), 0.15f, Tissue.Background);
        field.Fill(Curve.Band(line, Curve.Offset(line, -0.3f)), 0.12f, Tissue.Background);
        field.Stroke(Curve.Offset(line, 0.1f), 0.28f, 0.55f * patient.PericardiumBrightness, 0.25f, Tissue.Pericardium);
    }

    private void PaintRightVentricle(EchoField field, Beat beat, float outer)
    {
        var scale = patient.RightHeartScale;
        var bulge = 1.9f * scale - 0.35f * beat.Contraction;
        Vector2 At(float degrees, float beyond)
        {
            var (sin, cos) = MathF.SinCos(degrees * MathF.PI / 180f);
            return _middle + (outer + beyond) * new Vector2(cos, sin);
        }

        var wall = Curve.Open(At(-62f, 0f), At(-85f, 0.75f * bulge), At(-120f, 1.1f * bulge), At(-152f, 1.05f * bulge), At(-178f, 0.55f * bulge), At(-196f, 0f));
        field.Fill(Curve.Band(Curve.Offset(wall, -0.4f), wall), 0.14f, Tissue.Myocardium);
        Vector2[] cavity = [.. wall, _middle];
        field.Fill(cavity, Blood * 1.5f, Tissue.Blood);
        field.Stroke(wall, 0.12f, 0.2f, 0.12f, Tissue.Wall);
    }

    private void PaintPapillary(EchoField field, Beat beat, float angle, float muscle)
    {
        var (sin, cos) = MathF.SinCos(angle);
        var at = Move(_middle + 0.76f * _radius * new Vector2(cos, sin), beat);
        var size = 0.2f * _radius * (1f + 0.25f * beat.Contraction);
        field.Fill(Curve.Ellipse(at, size * 1.1f, size, points: 20), muscle, Tissue.Myocardium);
        field.Stroke(Curve.Ellipse(at, size, size * 0.9f, points: 20), 0.12f, 0.2f * patient.MuscleBrightness, 0.3f, Tissue.Myocardium);
    }
}
