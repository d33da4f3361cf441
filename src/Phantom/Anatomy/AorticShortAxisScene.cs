using System.Numerics;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Anatomy;

/// <summary>Short axis at the aortic valve: the root with its three leaflets in the middle, atria behind it, the right ventricle's outflow wrapped in front.</summary>
internal sealed class AorticShortAxisScene(PhantomPatient patient) : Scene
{
    private static readonly float[] s_commissures = [-0.35f, 1.75f, 3.75f]; // radians: the closed valve draws a Y

    private readonly Vector2 _root = new(0.4f, 6.6f);
    private readonly float _radius = patient.AorticDiameter * 0.66f;

    public override Vector2 Centre => _root;

    public override Vector2 Move(Vector2 point, Beat beat)
    {
        var falloff = MathF.Exp(-(point - _root).LengthSquared() / 14f);
        return point + beat.Contraction * falloff * new Vector2(-0.15f, 0.55f);
    }

    public override Landmarks Landmarks(Beat beat) => new(Move(_root, beat), null, null);

    public override float FlowTowardsProbe(Vector2 point, Beat beat)
    {
        var d = (point - new Vector2(3.2f, 5f)).Length();
        return (d < 1.4f ? -55f * beat.AorticOpening * (1f - d * d / 2f) : 0f) + Swirl(point, beat);
    }

    public override void Paint(EchoField field, Beat beat)
    {
        PaintChest(field, patient);
        var root = Move(_root, beat);
        PaintBack(field, root, beat);
        PaintOutflow(field, root, beat);
        field.Fill(Curve.Ellipse(root, _radius + 0.12f, _radius + 0.12f), 0.25f, Tissue.Wall);
        field.Fill(Curve.Ellipse(root, _radius, _radius), Blood * 1.2f, Tissue.Blood);
        field.Stroke(Curve.Ellipse(root, _radius + 0.06f, _radius + 0.06f), 0.18f, 0.34f, 0.2f, Tissue.Wall);
        PaintLeaflets(field, root, beat.AorticOpening * patient.LeafletExcursion);
    }

    private void PaintBack(EchoField field, Vector2 root, Beat beat)
    {
        var size = patient.AtriumScale * (0.93f + 0.12f * beat.Contraction);
        var behind = Curve.Open(new Vector2(-6f, 10.2f), new Vector2(-3f, 11.6f), new Vector2(0.5f, 12.3f), new Vector2(4f, 11.6f), new Vector2(7f, 9.5f));
        field.Fill(Curve.Band(behind, Curve.Offset(behind, -3f)), 0.06f * patient.BackgroundBrightness, Tissue.Background);
        field.Fill(Curve.Band(behind, Curve.Offset(behind, -1f)), 0.15f, Tissue.Background);
        var left = Curve.Closed(
            root + new Vector2(-1.0f, 1.55f), root + new Vector2(1.4f, 1.45f), root + new Vector2(3.1f, 1.9f), root + new Vector2(2.9f, 3.6f * size),
            root + new Vector2(0.6f, 4.4f * size), root + new Vector2(-1.6f, 3.6f * size));
        field.Fill(left, Blood * 1.4f, Tissue.Blood);
        field.Stroke(left, 0.13f, 0.24f, 0.08f, Tissue.Wall);
        var right = Curve.Closed(
            root + new Vector2(-1.55f, 0.3f), root + new Vector2(-1.35f, 1.5f), root + new Vector2(-2.0f, 3.3f * size), root + new Vector2(-4f, 3.2f * size),
            root + new Vector2(-4.6f, 1.4f), root + new Vector2(-3.4f, 0.1f));
        field.Fill(right, Blood * 1.4f, Tissue.Blood);
        field.Stroke(right, 0.13f, 0.22f, 0.08f, Tissue.Wall);
        var hinge = root + new Vector2(-1.5f, 0.2f);
        var free = root + new Vector2(-4.3f, 0.4f);
        var tip = Vector2.Lerp((hinge + free) * 0.5f, (hinge + free) * 0.5f + new Vector2(0.4f, -1.2f), beat.MitralOpening);
        field.Stroke(Curve.Open(hinge, tip, free), 0.11f, 0.22f, 0.5f, Tissue.Wall);
    }

    private void PaintOutflow(EchoField field, Vector2 root, Beat beat)
    {
        var scale = patient.RightHeartScale;
        var squeeze = 0.2f * beat.Contraction;
        var outer = Curve.Open(
            root + new Vector2(-4.4f, 0.2f), root + new Vector2(-3.6f, -2.0f + squeeze), root + new Vector2(-1.2f, -3.6f * scale + squeeze),
            root + new Vector2(1.6f, -3.4f * scale + squeeze), root + new Vector2(3.6f, -1.8f), root + new Vector2(4.1f, 0.9f));
        var inner = Curve.Open(
            root + new Vector2(-1.7f, 0.2f), root + new Vector2(-1.4f, -1.0f), root + new Vector2(0f, -1.75f), root + new Vector2(1.4f, -1.2f),
            root + new Vector2(1.75f, 0.2f), root + new Vector2(1.9f, 1.2f));
        field.Fill(Curve.Band(Curve.Offset(outer, 0.4f), outer), 0.14f, Tissue.Myocardium);
        field.Fill(Curve.Band(outer, inner), Blood * 1.5f, Tissue.Blood);
        field.Stroke(outer, 0.12f, 0.2f, 0.1f, Tissue.Wall);
        var pulmonary = root + new Vector2(2.3f, -1.0f);
        field.Stroke([pulmonary, pulmonary + new Vector2(0.7f, -0.6f) + beat.AorticOpening * new Vector2(0.2f, 0.5f)], 0.1f, 0.22f, 0.6f, Tissue.Wall);
    }

    private void PaintLeaflets(EchoField field, Vector2 root, float q)
    {
        for (var i = 0; i < 3; i++)
        {
            // A leaflet's free edge runs between two commissures: through the middle when closed, along the wall when open.
            var a = s_commissures[i];
            var b = s_commissures[(i + 1) % 3] + (i == 2 ? 2f * MathF.PI : 0f);
            var middle = (a + b) * 0.5f;
            Vector2 On(float angle, float r) => root + r * _radius * new Vector2(MathF.Cos(angle), MathF.Sin(angle));
            var depth = 0.06f + 0.72f * q;
            var edge = Curve.Open(
                On(a, 0.95f), On(float.Lerp(a, middle, 0.35f + 0.25f * q), float.Lerp(0.42f, 0.8f, q)), On(middle, depth),
                On(float.Lerp(b, middle, 0.35f + 0.25f * q), float.Lerp(0.42f, 0.8f, q)), On(b, 0.95f));
            field.Stroke(edge, patient.LeafletThickness, patient.LeafletBrightness, 0.6f, Tissue.AorticLeaflet);
        }
    }
}
