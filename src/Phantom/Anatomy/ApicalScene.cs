using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Apical views: the apex at the probe, atria far away. Four chambers with the right heart on the left, or the left ventricle and atrium alone.</summary>
internal sealed class ApicalScene : Scene
{
    private readonly PhantomPatient _patient;
    private readonly bool _fourChambers;
    private readonly LeftVentricle _ventricle;
    private readonly float _septum;
    private readonly float _lateral;

    public ApicalScene(PhantomPatient patient, bool fourChambers)
    {
        _patient = patient;
        _fourChambers = fourChambers;
        _septum = patient.WallThickness * 2f * patient.SeptalRatio / (1f + patient.SeptalRatio);
        _lateral = patient.WallThickness * 2f / (1f + patient.SeptalRatio);
        // Side points left here: sign 1 is septum (or inferior wall), sign −1 lateral (or anterior wall).
        _ventricle = fourChambers
            ? new LeftVentricle(new Vector2(1.9f, 10.1f), Vector2.Normalize(new Vector2(-0.17f, -0.985f)), patient.VentricleRadius, 7.7f,
                patient.FractionalShortening * 0.9f, 1.3f)
            : new LeftVentricle(new Vector2(0.35f, 10.2f), Vector2.Normalize(new Vector2(-0.03f, -1f)), patient.VentricleRadius * 1.06f, 7.8f,
                patient.FractionalShortening * 0.9f, 1.3f);
    }

    public override Vector2 Move(Vector2 point, Beat beat) => _ventricle.Move(point, beat.Contraction);

    public override Landmarks Landmarks(Beat beat) => new(
        null,
        Move(_ventricle.At(3f, _ventricle.Radius * _ventricle.Profile(3f) + 0.5f * _septum), beat),
        Move(_ventricle.At(3f, -_ventricle.Radius * _ventricle.Profile(3f) - 0.5f * _lateral), beat));

    public override float FlowTowardsProbe(Vector2 point, Beat beat)
    {
        var along = Vector2.Dot(point - _ventricle.Base, _ventricle.Axis);
        var across = Vector2.Dot(point - _ventricle.Base, _ventricle.Side) / _ventricle.Radius;
        if (along is < -3.5f or > 5.5f)
            return 0f;
        var inflow = MathF.Max(0f, 1f - (across + 0.15f) * (across + 0.15f) / 0.3f) * beat.MitralOpening * 70f;
        var outflow = MathF.Max(0f, 1f - (across - 0.55f) * (across - 0.55f) / 0.12f) * beat.AorticOpening * 60f * (along > -0.5f ? 1f : 0f);
        return inflow - outflow + Swirl(point, beat);
    }

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, _patient, 1.3f);
        PaintPericardium(field, beat);
        if (_fourChambers)
            PaintRightHeart(field, beat);
        PaintLeftAtrium(field, beat);
        PaintLeftVentricle(field, beat);
        PaintMitralValve(field, beat);
    }

    private void PaintPericardium(EchoField field, Beat beat)
    {
        var lateral = Moved(_ventricle.Endocardium(-1, _lateral + 0.15f, -0.6f), beat);
        field.Fill(Curve.Band(lateral, Curve.Offset(lateral, 1.6f)), 0.06f, Tissue.Background);
        field.Stroke(lateral, 0.24f, 0.36f * _patient.PericardiumBrightness, 0.12f, Tissue.Pericardium);
        if (_fourChambers)
            return;
        var inferior = Moved(_ventricle.Endocardium(1, _septum + 0.15f, -0.6f), beat);
        field.Fill(Curve.Band(inferior, Curve.Offset(inferior, -1.6f)), 0.07f, Tissue.Background);
        field.Stroke(inferior, 0.24f, 0.4f * _patient.PericardiumBrightness, 0.12f, Tissue.Pericardium);
    }

    private void PaintRightHeart(EchoField field, Beat beat)
    {
        var scale = _patient.RightHeartScale;
        var septum = Moved(_ventricle.Endocardium(1, _septum, 0.5f), beat);
        var annulusSeptal = septum[0];
        var sink = 1.2f * beat.Contraction;
        var annulusLateral = new Vector2(annulusSeptal.X - 3.7f * scale, 9.7f - sink);
        var wall = Curve.Open(
            annulusLateral, new Vector2(annulusLateral.X + 0.15f + 0.3f * beat.Contraction, 8f - 0.5f * sink),
            new Vector2(annulusLateral.X + 1.0f + 0.4f * beat.Contraction, 6f), new Vector2(annulusSeptal.X - 0.9f * scale, 4.4f), septum[13]);
        field.Fill(Curve.Band(Curve.Offset(wall, -0.45f), wall), 0.13f, Tissue.Myocardium);
        field.Stroke(Curve.Offset(wall, -0.45f), 0.14f, 0.25f, 0.25f, Tissue.Wall);
        Vector2[] cavity = [.. wall, septum[6], annulusSeptal];
        field.Fill(cavity, Blood * 1.4f, Tissue.Blood);
        field.Stroke(wall, 0.12f, 0.15f, 0.3f, Tissue.Wall);
        var band = Curve.Open(septum[10], (septum[9] + wall[16]) * 0.5f, wall[12]);
        field.Stroke(band, 0.22f, 0.12f, 0.5f, Tissue.Myocardium);
        PaintRightAtrium(field, beat, annulusSeptal, annulusLateral);
        PaintTricuspidValve(field, beat, annulusSeptal, annulusLateral);
    }

    private void PaintRightAtrium(EchoField field, Beat beat, Vector2 septal, Vector2 lateral)
    {
        var size = _patient.RightHeartScale * (0.94f + 0.1f * beat.Contraction);
        var atrium = Curve.Closed(
            septal + new Vector2(-0.1f, 0.2f), septal + new Vector2(-0.1f, 2f), septal + new Vector2(-0.4f, 3.7f * size), septal + new Vector2(-2f, 4.6f * size),
            lateral + new Vector2(0.1f, 3.4f * size), lateral + new Vector2(-0.45f, 1.6f), lateral + new Vector2(0.1f, 0.2f));
        field.Fill(atrium, Blood * 1.6f, Tissue.Blood);
        field.Stroke(atrium, 0.13f, 0.2f, 0.05f, Tissue.Wall);
    }

    private static void PaintTricuspidValve(EchoField field, Beat beat, Vector2 septal, Vector2 lateral)
    {
        var closed = (septal + lateral) * 0.5f + new Vector2(0.25f, -0.15f);
        var open = beat.MitralOpening;
        var septalTip = Vector2.Lerp(closed, septal + new Vector2(-0.35f, -1.5f), open);
        var lateralTip = Vector2.Lerp(closed, lateral + new Vector2(0.7f, -1.7f), open);
        field.Stroke(Curve.Open(septal, (septal + septalTip) * 0.5f + new Vector2(0f, -0.1f), septalTip), 0.11f, 0.24f, 0.5f, Tissue.Wall);
        field.Stroke(Curve.Open(lateral, (lateral + lateralTip) * 0.5f + new Vector2(0f, -0.1f), lateralTip), 0.11f, 0.24f, 0.5f, Tissue.Wall);
    }

    private void PaintLeftAtrium(EchoField field, Beat beat)
    {
        var size = _patient.AtriumScale * (0.92f + 0.13f * beat.Contraction);
        var left = Move(_ventricle.At(-0.15f, 0.92f * _ventricle.Radius), beat);
        var right = Move(_ventricle.At(-0.15f, -0.95f * _ventricle.Radius), beat);
        var roof = 14.2f + 0.6f * (size - 1f);
        var atrium = Curve.Closed(
            left + new Vector2(0.15f, 0.2f), left + new Vector2(-0.1f, 2f), new Vector2(left.X + 0.6f, roof - 0.3f), new Vector2((left.X + right.X) * 0.5f, roof + 0.25f),
            new Vector2(right.X - 0.5f, roof - 0.5f), right + new Vector2(0.25f * size, 2f), right + new Vector2(-0.15f, 0.2f));
        field.Fill(atrium, Blood * 1.6f, Tissue.Blood);
        field.Stroke(atrium, 0.14f, 0.25f, 0.1f, Tissue.Wall);
    }

    private void PaintLeftVentricle(EchoField field, Beat beat)
    {
        var septal = Moved(_ventricle.Endocardium(1, from: 0f), beat);
        var septalOuter = Moved(_ventricle.Endocardium(1, _septum, 0f), beat);
        var lateral = Moved(_ventricle.Endocardium(-1, from: 0f), beat);
        var lateralOuter = Moved(_ventricle.Endocardium(-1, _lateral, 0f), beat);
        // Fibres that run along the beam scatter less, and the lateral wall often drops out behind the lung.
        var muscle = 0.75f * Muscle * _patient.MuscleBrightness;
        field.Fill(Curve.Band(septalOuter, lateralOuter), muscle, Tissue.Myocardium);
        field.Fill(Curve.Band(septal, septalOuter), muscle, Tissue.Septum);
        field.Fill(Curve.Band(lateral, lateralOuter), 0.5f * muscle, Tissue.PosteriorWall);
        Vector2[] cavity = [.. septal, .. Enumerable.Reverse(lateral)];
        field.Fill(cavity, Blood * 1.3f, Tissue.Blood);
        field.Stroke(septal, 0.12f, 0.26f * _patient.MuscleBrightness, 0.15f, Tissue.Septum);
        field.Stroke(lateral, 0.12f, 0.2f * _patient.MuscleBrightness, 0.12f, Tissue.PosteriorWall);
        if (_fourChambers)
            field.Stroke(septalOuter, 0.12f, 0.24f * _patient.MuscleBrightness, 0.15f, Tissue.Septum);
        var papillary = Move(_ventricle.At(4.2f, -0.72f * _ventricle.Radius), beat);
        var root = Move(_ventricle.At(5.4f, -0.98f * _ventricle.Radius * _ventricle.Profile(5.4f)), beat);
        field.Stroke([papillary, root], 0.6f, 0.5f * muscle, 0.8f, Tissue.Myocardium);
    }

    private void PaintMitralValve(EchoField field, Beat beat)
    {
        var radius = _ventricle.Radius;
        var septal = Move(_ventricle.At(-0.05f, 0.9f * radius), beat);
        var lateral = Move(_ventricle.At(-0.05f, -0.93f * radius), beat);
        var closed = Move(_ventricle.At(0.35f, -0.12f * radius), beat);
        var open = beat.MitralOpening;
        var septalTip = Vector2.Lerp(closed, _ventricle.At(2.1f, 0.5f * radius), open);
        var lateralTip = Vector2.Lerp(closed, _ventricle.At(1.4f, -0.75f * radius), open);
        field.Stroke(Curve.Open(septal, (septal + septalTip) * 0.5f - 0.15f * _ventricle.Axis, septalTip), 0.13f, 0.32f, 0.5f, Tissue.MitralLeaflet);
        field.Stroke(Curve.Open(lateral, (lateral + lateralTip) * 0.5f - 0.15f * _ventricle.Axis, lateralTip), 0.13f, 0.3f, 0.5f, Tissue.MitralLeaflet);
        foreach (var hinge in (Vector2[])[septal, lateral])
            field.Stroke([hinge + new Vector2(-0.1f, 0f), hinge + new Vector2(0.1f, 0.05f)], 0.28f, Fibrous, 0.7f, Tissue.Wall);
    }
}
