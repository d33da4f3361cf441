using System.Numerics;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Rendering;

/// <summary>Colour Doppler in a box over the B-mode picture: red towards the probe, blue away, wrapping around beyond the Nyquist velocity.</summary>
internal sealed class ColourBox
{
    private const int Across = 40;
    private const int Down = 56;

    private readonly SectorShape _sector;
    private readonly PictureLayout _layout;
    private readonly PhantomRandom _random;
    private readonly float _left;
    private readonly float _right;
    private readonly float _near;
    private readonly float _far;
    private readonly float[] _velocity = new float[Across * Down];

    public ColourBox(PhantomVideo video, PictureLayout layout)
    {
        _sector = video.Settings.Sector;
        _layout = layout;
        _random = PhantomRandom.For(video.Patient.Seed, video.Patient.Number, 20_000 + video.Index);
        var middle = _random.Uniform(-0.15f, 0.2f);
        var half = _random.Uniform(0.4f, 0.6f);
        (_left, _right) = ((middle - half) * _sector.HalfAngle, (middle + half) * _sector.HalfAngle);
        _near = _random.Uniform(0.26f, 0.34f) * _sector.Depth;
        _far = _random.Uniform(0.68f, 0.84f) * _sector.Depth;
        Nyquist = _random.Uniform(45f, 70f);
    }

    /// <summary>cm/s.</summary>
    public float Nyquist { get; }

    public void Draw(FrameCanvas canvas, ReadOnlySpan<byte> grey, Func<Vector2, float> flow)
    {
        Measure(flow);
        var top = (int)(_layout.Apex.Y + _near * MathF.Cos(_sector.HalfAngle) * _layout.PixelsPerCm.Y);
        for (var y = Math.Max(top, _layout.Top); y <= _layout.Bottom; y++)
            for (var x = _layout.Left; x <= _layout.Right; x++)
            {
                var p = _layout.ToCm(new Vector2(x, y));
                var angle = (MathF.Atan2(p.X, p.Y) - _left) / (_right - _left) * (Across - 1);
                var depth = (p.Length() - _near) / (_far - _near) * (Down - 1);
                // Tissue has priority: colour only where the picture is dark.
                if (angle < 0f || depth < 0f || angle >= Across - 1 || depth >= Down - 1 || grey[y * canvas.Width + x] > 80)
                    continue;
                var velocity = VelocityAt(angle, depth);
                if (MathF.Abs(velocity) > 7f)
                    canvas.Set(x, y, ColourOf(velocity / Nyquist));
            }

        Outline(canvas);
    }

    /// <param name="u">Velocity over Nyquist velocity, −1 to 1.</param>
    public static Rgb ColourOf(float u)
    {
        var strong = Math.Clamp(MathF.Abs(u), 0f, 1f);
        var first = (byte)(110f + 145f * MathF.Min(1f, 1.6f * strong));
        var second = (byte)(230f * MathF.Max(0f, strong * 1.7f - 0.7f));
        return u > 0f ? new Rgb(first, second, 0) : new Rgb(0, second, first);
    }

    /// <summary>Between four measured places; across a wrap from one end of the scale to the other the nearest one counts.</summary>
    private float VelocityAt(float angle, float depth)
    {
        var (a, d) = ((int)angle, (int)depth);
        var (fa, fd) = (angle - a, depth - d);
        var cell = d * Across + a;
        var nearest = _velocity[cell + (fa > 0.5f ? 1 : 0) + (fd > 0.5f ? Across : 0)];
        var mean = float.Lerp(
            float.Lerp(_velocity[cell], _velocity[cell + 1], fa), float.Lerp(_velocity[cell + Across], _velocity[cell + Across + 1], fa), fd);
        return MathF.Abs(nearest - mean) > Nyquist ? nearest : mean;
    }

    private void Measure(Func<Vector2, float> flow)
    {
        for (var d = 0; d < Down; d++)
            for (var a = 0; a < Across; a++)
            {
                var angle = _left + (_right - _left) * a / (Across - 1);
                var r = _near + (_far - _near) * d / (Down - 1);
                var velocity = flow(new Vector2(r * MathF.Sin(angle), r * MathF.Cos(angle)));
                velocity += MathF.Abs(velocity) > 1f ? _random.Normal(0f, 9f) : _random.Chance(0.012f) ? _random.Uniform(-25f, 25f) : 0f;
                _velocity[d * Across + a] = velocity - 2f * Nyquist * MathF.Round(velocity / (2f * Nyquist));
            }
    }

    private void Outline(FrameCanvas canvas)
    {
        var colour = new Rgb(120, 210, 230);
        Vector2 At(float angle, float r) => _layout.ToPixel(new Vector2(r * MathF.Sin(angle), r * MathF.Cos(angle)));
        canvas.Line(At(_left, _near), At(_left, _far), colour);
        canvas.Line(At(_right, _near), At(_right, _far), colour);
        for (var k = 0; k < 16; k++)
        {
            var (from, to) = (_left + (_right - _left) * k / 16f, _left + (_right - _left) * (k + 1) / 16f);
            canvas.Line(At(from, _near), At(to, _near), colour);
            canvas.Line(At(from, _far), At(to, _far), colour);
        }
    }
}
