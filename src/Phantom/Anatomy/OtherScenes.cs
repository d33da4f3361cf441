using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Subcostal: liver in front, the four chambers behind it and lying across the beam.</summary>
internal sealed class SubcostalScene(PhantomPatient patient) : Scene
{
    private static readonly Matrix3x2 s_toHeart =
        Matrix3x2.CreateTranslation(0.5f, -1.0f) * Matrix3x2.CreateRotation(1.0f, new Vector2(0f, 8f)) * Matrix3x2.CreateTranslation(-0.3f, 0.6f);

    private readonly ApicalScene _heart = new(patient, fourChambers: true);

    public override Vector2 Move(Vector2 point, Beat beat)
    {
        Matrix3x2.Invert(s_toHeart, out var back);
        return Vector2.Transform(_heart.Move(Vector2.Transform(point, s_toHeart), beat), back);
    }

    public override void Paint(EchoField field, Beat beat)
    {
        var placement = field.Placement;
        Matrix3x2.Invert(s_toHeart, out var back);
        field.Placement = back * placement;
        _heart.Paint(field, beat);
        field.Placement = placement;
        var edge = Curve.Open(new Vector2(-9f, 7.2f), new Vector2(-4f, 5.8f), new Vector2(0f, 4.6f), new Vector2(4f, 4.1f), new Vector2(8f, 4.4f));
        field.Fill(Curve.Band(edge, Arc(0.1f).Reverse().ToArray()), 0.13f, Tissue.Liver);
        field.Fill(Curve.Ellipse(new Vector2(-1.6f, 3.3f), 0.7f, 0.25f, points: 24), Blood * 2f, Tissue.Blood);
        field.Fill(Curve.Ellipse(new Vector2(1.3f, 2.6f), 0.35f, 0.3f, points: 24), Blood * 2f, Tissue.Blood);
        field.Stroke(edge, 0.2f, 0.5f, 0.3f, Tissue.Wall);
    }
}

/// <summary>Suprasternal: the aortic arch as a bent tube over the right pulmonary artery.</summary>
internal sealed class SuprasternalScene(PhantomPatient patient) : Scene
{
    public override Vector2 Move(Vector2 point, Beat beat) => point + beat.AorticOpening * 0.1f * Vector2.Normalize(point - new Vector2(0.3f, 8f));

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, patient, 2f);
        field.Fill(Curve.Band(Arc(2f), Arc(30f)), 0.06f * patient.BackgroundBrightness, Tissue.Background);
        var half = patient.AorticDiameter * (0.55f + 0.04f * beat.AorticOpening);
        var middle = Curve.Open(
            new Vector2(-3.4f, 11.5f), new Vector2(-3.2f, 8f), new Vector2(-2f, 5.6f), new Vector2(0.3f, 4.6f), new Vector2(2.4f, 5.5f), new Vector2(3.4f, 8f),
            new Vector2(3.8f, 13f));
        var outer = Curve.Offset(middle, half);
        var inner = Curve.Offset(middle, -half);
        field.Fill(Curve.Band(outer, inner), Blood, Tissue.Blood);
        foreach (var x in (float[])[-1.2f, 0.2f, 1.5f])
        {
            var branch = Curve.Open(new Vector2(x, 4.4f - half * 0.8f), new Vector2(x * 1.1f, 2.4f), new Vector2(x * 1.3f, 1f));
            field.Fill(Curve.Band(Curve.Offset(branch, 0.28f), Curve.Offset(branch, -0.28f)), Blood, Tissue.Blood);
        }

        field.Stroke(outer, 0.18f, 0.4f, 0.2f, Tissue.Wall);
        field.Stroke(inner, 0.18f, 0.4f, 0.2f, Tissue.Wall);
        field.Fill(Curve.Ellipse(new Vector2(0.2f, 7.6f), 0.9f, 0.75f), Blood, Tissue.Blood);
        field.Stroke(Curve.Ellipse(new Vector2(0.2f, 7.6f), 0.9f, 0.75f), 0.14f, 0.32f, 0.25f, Tissue.Wall);
        field.Fill(Curve.Ellipse(new Vector2(0.5f, 10.6f), 2f, 1.6f), Blood * 1.4f, Tissue.Blood);
    }
}

/// <summary>Liver, its vessels, and the diaphragm: an abdominal picture that strays into echo studies.</summary>
internal sealed class LiverScene(PhantomPatient patient) : Scene
{
    public override Vector2 Move(Vector2 point, Beat beat) => point + new Vector2(0.05f, 0.12f) * beat.Contraction;

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, patient, 1.2f);
        var diaphragm = Curve.Open(new Vector2(-12f, 7f), new Vector2(-6f, 10.5f), new Vector2(0f, 12.3f), new Vector2(5f, 11.7f), new Vector2(11f, 8f));
        field.Fill(Curve.Band(diaphragm, Arc(1.2f).Reverse().ToArray()), 0.11f * patient.MuscleBrightness, Tissue.Liver);
        var shift = 0.1f * beat.Contraction;
        var cava = Curve.Open(new Vector2(-7f, 9.3f), new Vector2(-2f, 9.2f + shift), new Vector2(2f, 8.6f + shift), new Vector2(6f, 7.2f));
        var width = 0.85f - 0.15f * beat.MitralOpening;
        field.Fill(Curve.Band(Curve.Offset(cava, width), Curve.Offset(cava, -width)), Blood * 1.5f, Tissue.Blood);
        field.Stroke(Curve.Offset(cava, width), 0.12f, 0.28f, 0.25f, Tissue.Wall);
        var vein = Curve.Open(new Vector2(-1f, 9f), new Vector2(-0.6f, 6.5f), new Vector2(0.4f, 4f));
        field.Fill(Curve.Band(Curve.Offset(vein, 0.3f), Curve.Offset(vein, -0.3f)), Blood * 1.5f, Tissue.Blood);
        field.Fill(Curve.Ellipse(new Vector2(3f, 5f), 0.5f, 0.4f, points: 24), Blood * 1.5f, Tissue.Blood);
        field.Stroke(Curve.Ellipse(new Vector2(3f, 5f), 0.55f, 0.45f, points: 24), 0.14f, 0.3f, 0.4f, Tissue.Wall);
        field.Stroke(diaphragm, 0.28f, 0.8f * patient.PericardiumBrightness, 0.3f, Tissue.Pericardium);
    }
}

/// <summary>The probe rests in its holder: reverberation near the surface, noise below.</summary>
internal sealed class AirScene : Scene
{
    public override Vector2 Move(Vector2 point, Beat beat) => point;

    public override void Paint(EchoField field, Beat beat)
    {
        field.Clear(0.001f);
        for (var k = 1; k <= 6; k++)
            field.Stroke(Arc(0.55f * k), 0.2f, 0.6f / k, 1f, Tissue.Background);
    }
}
