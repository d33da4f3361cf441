using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Parasternal long axis: right ventricle in front, septum, left ventricle to the left, aortic root and left atrium to the right.</summary>
internal sealed class LongAxisScene : Scene
{
    private readonly PhantomPatient _patient;
    private readonly AorticValve _valve;
    private readonly LeftVentricle _ventricle;
    private readonly float _septum;
    private readonly float _posterior;
    private readonly Vector2 _annulusAnterior;
    private readonly Vector2 _annulusPosterior;
    private readonly Vector2 _outflow;
    private readonly Vector2 _mitralPosterior;

    public LongAxisScene(PhantomPatient patient)
    {
        _patient = patient;
        _valve = new AorticValve(patient);
        _septum = patient.WallThickness * 2f * patient.SeptalRatio / (1f + patient.SeptalRatio);
        _posterior = patient.WallThickness * 2f / (1f + patient.SeptalRatio);
        // The chambers share the room between chest wall and spine: a wide ventricle pushes its axis away from the probe.
        _ventricle = new LeftVentricle(
            new Vector2(0.7f, 5.0f + patient.VentricleRadius), Vector2.Normalize(new Vector2(-0.96f, -0.26f)), patient.VentricleRadius, 8.2f,
            patient.FractionalShortening, 1.0f);
        _annulusAnterior = _ventricle.At(-0.1f, -0.95f * patient.VentricleRadius + 0.15f);
        _annulusPosterior = _annulusAnterior + patient.AorticDiameter * Vector2.Normalize(new Vector2(0.22f, 0.98f));
        _outflow = Vector2.Normalize(new Vector2(0.9f, -0.36f));
        _mitralPosterior = _ventricle.At(-0.25f, 0.98f * patient.VentricleRadius);
    }

    public override Vector2 Move(Vector2 point, Beat beat) => _ventricle.Move(point, beat.Contraction);

    public override Landmarks Landmarks(Beat beat) => new(
        AorticValve.Centre(Move(_annulusAnterior, beat), Move(_annulusPosterior, beat), _outflow),
        Move(_ventricle.At(3f, -_ventricle.Radius * _ventricle.Profile(3f) - 0.5f * _septum), beat),
        Move(_ventricle.At(3f, _ventricle.Radius * _ventricle.Profile(3f) + 0.5f * _posterior), beat));

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, _patient);
        PaintBehind(field, beat);
        PaintRightVentricle(field, beat);
        PaintLeftVentricle(field, beat);
        PaintAtrium(field, beat);
        PaintAorta(field, beat);
        PaintMitralValve(field, beat);
    }

    public override float FlowTowardsProbe(Vector2 point, Beat beat)
    {
        // Outflow through the aortic valve in systole, inflow through the mitral valve in diastole: jets along the middle of each orifice.
        var aorta = Jet(point, (_annulusAnterior + _annulusPosterior) * 0.5f - 1.6f * _outflow, _outflow, 5f, 1.0f) * beat.AorticOpening * 75f * (1f + _patient.AorticStenosis);
        var inflow = _ventricle.Axis;
        var mitral = Jet(point, (_annulusPosterior + _mitralPosterior) * 0.5f - 1f * inflow, inflow, 5f, 1.1f) * beat.MitralOpening * 60f;
        var towards = -Vector2.Normalize(point);
        return Vector2.Dot(aorta * _outflow + mitral * inflow, towards) + Swirl(point, beat);
    }

    private static float Jet(Vector2 point, Vector2 origin, Vector2 along, float length, float halfWidth)
    {
        var d = point - origin;
        var x = Vector2.Dot(d, along);
        var across = (d - x * along).Length();
        return x is > 0f && x < length && across < halfWidth ? 1f - across * across / (halfWidth * halfWidth) : 0f;
    }

    /// <summary>Pericardium, lung haze behind it and the descending aorta: far from the beating wall, but pulled a little by it.</summary>
    private void PaintBehind(EchoField field, Beat beat)
    {
        var outer = Moved(_ventricle.Endocardium(1, _posterior, -0.4f), beat);
        var pericardium = Curve.Open(
            outer[18] + new Vector2(-0.3f, 0.3f), outer[11], outer[6], outer[2], _mitralPosterior + new Vector2(0.6f, 1.2f), new Vector2(3.6f, 11.9f),
            new Vector2(6.5f, 11.2f));
        field.Fill(Curve.Band(pericardium, Curve.Offset(pericardium, -2.6f)), 0.045f * _patient.BackgroundBrightness, Tissue.Background);
        field.Fill(Curve.Band(pericardium, Curve.Offset(pericardium, -1.5f)), 0.085f, Tissue.Background);
        field.Fill(Curve.Band(pericardium, Curve.Offset(pericardium, -0.8f)), 0.17f, Tissue.Background);
        field.Stroke(Curve.Offset(pericardium, -0.1f), 0.3f, 0.55f * _patient.PericardiumBrightness, 0.25f, Tissue.Pericardium);
        field.Stroke(Curve.Offset(pericardium, -0.75f), 0.16f, 0.2f * _patient.PericardiumBrightness, 0.2f, Tissue.Background);
        var descending = new Vector2(1.9f, 12.4f) + 0.12f * beat.AorticOpening * Vector2.UnitY;
        field.Fill(Curve.Ellipse(descending, 1.05f, 1.0f), Blood, Tissue.Blood);
        field.Stroke(Curve.Ellipse(descending, 1.05f, 1.0f), 0.12f, 0.3f, 0.3f, Tissue.Wall);
    }

    private void PaintRightVentricle(EchoField field, Beat beat)
    {
        var scale = _patient.RightHeartScale;
        var septum = Moved(_ventricle.Endocardium(-1, _septum, -0.5f), beat);
        var squeeze = 0.35f * beat.Contraction;
        var top = _annulusAnterior.Y - _septum - 2.35f * scale;
        var freeWall = Curve.Open(
            new Vector2(3.9f, MathF.Max(top - 0.25f, 1.5f)), new Vector2(2f, MathF.Max(top, 1.6f) + 0.4f * squeeze),
            new Vector2(-0.5f, MathF.Max(top + 0.25f, 1.75f) + squeeze),
            new Vector2(-2.6f, MathF.Max(top + 0.75f, 1.9f) + squeeze), septum[13] + new Vector2(-0.2f, -0.35f));
        field.Fill(Curve.Band(Curve.Offset(freeWall, -0.45f), freeWall), 0.14f, Tissue.Myocardium);
        var rightAorta = Move(_annulusAnterior, beat) + 3.4f * _outflow + new Vector2(0.3f, -0.35f);
        var edge = new Vector2[septum.Length + 1];
        septum.CopyTo(edge.AsSpan(1));
        edge[0] = rightAorta;
        field.Fill(Curve.Band(freeWall, Reversed(edge)), Blood * 1.5f, Tissue.Blood);
        field.Stroke(freeWall, 0.12f, 0.16f, 0.3f, Tissue.Wall);
    }

    private void PaintLeftVentricle(EchoField field, Beat beat)
    {
        var septal = Moved(_ventricle.Endocardium(-1), beat);
        var septalRight = Moved(_ventricle.Endocardium(-1, _septum), beat);
        var posterior = Moved(_ventricle.Endocardium(1, 0f, -0.25f), beat);
        var posteriorOuter = Moved(_ventricle.Endocardium(1, _posterior, -0.25f), beat);
        var muscle = Muscle * _patient.MuscleBrightness;
        field.Fill(Curve.Band(posterior, posteriorOuter), muscle, Tissue.PosteriorWall);
        field.Fill(Curve.Band(septal, septalRight), muscle, Tissue.Septum);
        var root = Move(_annulusAnterior, beat);
        // Towards the root the septum tapers into the aorta's front wall.
        field.Fill([septal[0], septalRight[0], septalRight[0] + 0.45f * _outflow + new Vector2(0f, 0.3f * _septum), root + 1.1f * _outflow, root], muscle, Tissue.Septum);
        var cavity = new Vector2[septal.Length + posterior.Length + 2];
        cavity[0] = Move(_annulusPosterior, beat);
        cavity[1] = root;
        septal.CopyTo(cavity.AsSpan(2));
        Reversed(posterior).CopyTo(cavity.AsSpan(2 + septal.Length));
        field.Fill(cavity, Blood, Tissue.Blood);
        field.Stroke(septal, 0.12f, 0.3f * _patient.MuscleBrightness, 0.15f, Tissue.Septum);
        field.Stroke(septalRight, 0.12f, 0.3f * _patient.MuscleBrightness, 0.15f, Tissue.Septum);
        field.Stroke(posterior, 0.12f, 0.32f * _patient.MuscleBrightness, 0.15f, Tissue.PosteriorWall);
        PaintChordae(field, beat);
    }

    private void PaintChordae(EchoField field, Beat beat)
    {
        var radius = _ventricle.Radius;
        var from = Move(_ventricle.At(1.6f, 0.62f * radius), beat);
        var muscle = Move(_ventricle.At(4.4f, 0.72f * radius), beat);
        field.Stroke(Curve.Open(from, (from + muscle) * 0.5f + new Vector2(0f, 0.08f), muscle), 0.1f, 0.16f, 0.3f, Tissue.MitralLeaflet);
        var wall = Move(_ventricle.At(6f, 0.86f * radius * _ventricle.Profile(6f)), beat);
        field.Stroke(Curve.Open(muscle, wall), 0.5f, 0.16f * _patient.MuscleBrightness, 0.5f, Tissue.Myocardium);
    }

    private void PaintAtrium(EchoField field, Beat beat)
    {
        var scale = _patient.AtriumScale * (0.93f + 0.12f * beat.Contraction);
        var hinge = Move(_annulusPosterior, beat);
        var floor = Move(_mitralPosterior, beat);
        var middle = new Vector2(3.1f, _annulusPosterior.Y + 1.75f);
        Vector2 Around(float x, float y) => middle + scale * new Vector2(x, y);
        var atrium = Curve.Closed(
            hinge + new Vector2(0.15f, 0.25f), Around(0.2f, -1.35f), Around(1.9f, -1.35f), Around(3.2f, -0.5f), Around(3.1f, 1.0f), Around(1.7f, 1.85f),
            Around(-0.4f, 1.95f), floor + new Vector2(0.5f, 0.45f), floor + new Vector2(0.1f, -0.05f));
        field.Fill(atrium, Blood * 1.2f, Tissue.Blood);
        field.Stroke([.. atrium.AsSpan(6, atrium.Length - 12)], 0.13f, 0.26f, 0.08f, Tissue.Wall);
    }

    private void PaintAorta(EchoField field, Beat beat)
    {
        var anterior = Move(_annulusAnterior, beat);
        var posterior = Move(_annulusPosterior, beat);
        var across = Vector2.Normalize(posterior - anterior);
        Vector2[] Wall(Vector2 hinge, float outwards) => Curve.Open(
            hinge - 0.3f * _outflow, hinge, hinge + 0.75f * _outflow + 0.34f * outwards * across, hinge + 1.6f * _outflow + 0.18f * outwards * across,
            hinge + 3f * _outflow + 0.3f * outwards * across, hinge + 5f * _outflow + 0.4f * outwards * across);
        var front = Wall(anterior, -1f);
        var back = Wall(posterior, 1f);
        field.Fill(Curve.Band(front, back), Blood, Tissue.Blood);
        field.Stroke(front, 0.22f, 0.36f, 0.12f, Tissue.Wall);
        field.Stroke(back, 0.19f, 0.36f, 0.12f, Tissue.Wall);
        field.Stroke([anterior + new Vector2(-0.15f, 0f), anterior + new Vector2(0.1f, 0.05f)], 0.2f, Fibrous, 0.6f, Tissue.Wall);
        _valve.Paint(field, anterior, posterior, _outflow, beat.AorticOpening);
    }

    private void PaintMitralValve(EchoField field, Beat beat)
    {
        var hinge = Move(_annulusPosterior, beat);
        var floor = Move(_mitralPosterior, beat);
        var radius = _ventricle.Radius;
        var closedTip = Move(_ventricle.At(0.95f, 0.42f * radius), beat);
        var open = beat.MitralOpening;
        var anteriorTip = Vector2.Lerp(closedTip, _ventricle.At(1.9f, -0.45f * radius), open);
        var anteriorBelly = Vector2.Lerp((hinge + closedTip) * 0.5f + new Vector2(0.3f, 0.12f), Vector2.Lerp(hinge, anteriorTip, 0.5f) + new Vector2(-0.1f, 0.2f), open);
        field.Stroke(Curve.Open(hinge, anteriorBelly, anteriorTip), 0.13f, 0.34f, 0.45f, Tissue.MitralLeaflet);
        var posteriorTip = Vector2.Lerp(closedTip + new Vector2(0.02f, 0.1f), _ventricle.At(1.35f, 0.82f * radius), open);
        field.Stroke(Curve.Open(floor, (floor + posteriorTip) * 0.5f + new Vector2(0.18f, 0f), posteriorTip), 0.13f, 0.32f, 0.45f, Tissue.MitralLeaflet);
        field.Stroke([floor + new Vector2(-0.12f, 0.1f), floor + new Vector2(0.12f, 0.12f)], 0.26f, 0.8f * Fibrous, 0.5f, Tissue.Wall);
    }

    private static Vector2[] Reversed(Vector2[] line)
    {
        var reversed = (Vector2[])line.Clone();
        Array.Reverse(reversed);
        return reversed;
    }
}
