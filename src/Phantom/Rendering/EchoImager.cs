using System.Numerics;
using System.Runtime.InteropServices;

namespace EchoClr.Phantom.Rendering;

/// <summary>From a painted field to an 8-bit picture per beam and depth: scatterers, point spread, envelope, noise, gain, log compression, persistence.</summary>
internal sealed class EchoImager
{
    private const int Beams = EchoField.Beams;
    private const int Depths = EchoField.Depths;
    private const int Pad = 8; // zeros on both sides of a row: half the widest lateral kernel
    private const int Stride = Beams + 2 * Pad;
    private const int BeamsPerNode = 8;
    private const int DepthsPerNode = 16;
    private const int NodeColumns = Beams / BeamsPerNode + 1;
    private const int NodeRows = Depths / DepthsPerNode + 1;
    private const float NominalDb = -3f; // so that the middle gain leaves room above muscle
    private const int SideLobeReach = 14; // beams: 8°
    private const float SideLobe = 0.04f; // −28 dB
    private const float Knee = 150f;
    private static readonly float[] s_axial = [0.24f, 0.72f, 1f, 0.72f, 0.24f]; // σ 1.2 cells: a short pulse

    private readonly AcquisitionSettings _settings;
    private readonly SpeckleField _speckle;
    private readonly float[][] _lateral = new float[Depths][];
    private readonly float[] _gainDb = new float[Depths * Beams];
    private readonly float[] _noise = new float[Depths];
    private readonly float[] _clutter = new float[Depths];
    private readonly Vector2[] _nodes = new Vector2[NodeColumns * NodeRows];
    private readonly float[] _re = new float[Depths * Stride];
    private readonly float[] _im = new float[Depths * Stride];
    private readonly float[] _rowRe = new float[Stride];
    private readonly float[] _rowIm = new float[Stride];
    private readonly float[] _picture = new float[Depths * Beams];
    private readonly float[] _sideLobes = new float[Beams];
    private bool _first = true;

    public EchoImager(AcquisitionSettings settings, PhantomRandom random)
    {
        _settings = settings;
        _speckle = new SpeckleField(random);
        var uneven = Unevenness(random);
        for (var d = 0; d < Depths; d++)
        {
            var depth = d * settings.Sector.Depth / (Depths - 1);
            _lateral[d] = Gaussian(0.75f + 0.16f * MathF.Abs(depth - settings.FocusDepth) / (1f + 0.05f * depth) + 0.03f * depth);
            _noise[d] = MathF.Pow(10f, (settings.NoiseDb - 14f * (1f - depth / settings.Sector.Depth)) / 20f);
            _clutter[d] = MathF.Pow(10f, settings.ClutterDb / 20f) * MathF.Exp(-depth / 1.5f);
            for (var b = 0; b < Beams; b++)
                _gainDb[d * Beams + b] = NominalDb + settings.GainDb + TgcAt(depth) - ShadowAt(b / (Beams - 1f), depth) + uneven[d * Beams + b];
        }
    }

    /// <summary>Grey 0–255 as floats, one row a depth; valid until the next call.</summary>
    public float[] Picture => _picture;

    /// <param name="materialOf">Where the tissue that is now at a point (probe's plane, cm) was at end-diastole.</param>
    /// <param name="framesSinceLast">How many frames of the machine lie between this and the last one: persistence counts them.</param>
    public void Image(EchoField field, Func<Vector2, Vector2> materialOf, float secondsSinceLast, int framesSinceLast)
    {
        if (!_first)
            _speckle.Advance(secondsSinceLast);
        PlaceNodes(field, materialOf);
        Insonify(field);
        Compress(_first ? 0f : MathF.Pow(_settings.Persistence, framesSinceLast));
        _first = false;
    }

    private void PlaceNodes(EchoField field, Func<Vector2, Vector2> materialOf)
    {
        for (var row = 0; row < NodeRows; row++)
            for (var column = 0; column < NodeColumns; column++)
            {
                var b = Math.Min(column * BeamsPerNode, Beams - 1);
                var d = Math.Clamp(row * DepthsPerNode, 2, Depths - 1);
                var here = field.PositionOf(b, d);
                var shift = field.ToGrid(materialOf(here)) - field.ToGrid(here);
                _nodes[row * NodeColumns + column] = Vector2.Clamp(shift, new Vector2(-60f), new Vector2(60f));
            }
    }

    private void Insonify(EchoField field)
    {
        var still = _speckle.FreshSlice();
        for (var d = 0; d < Depths; d++)
        {
            var nodeRow = Math.Min(d / DepthsPerNode, NodeRows - 2);
            var down = (d - nodeRow * DepthsPerNode) / (float)DepthsPerNode;
            SpreadSideLobes(field, d);
            for (var column = 0; column < NodeColumns - 1; column++)
            {
                var above = nodeRow * NodeColumns + column;
                var left = Vector2.Lerp(_nodes[above], _nodes[above + NodeColumns], down);
                var right = Vector2.Lerp(_nodes[above + 1], _nodes[above + NodeColumns + 1], down);
                var step = (right - left) / BeamsPerNode;
                for (var k = 0; k < BeamsPerNode; k++, left += step)
                {
                    var b = column * BeamsPerNode + k;
                    var i = d * Beams + b;
                    var scatterer = _speckle.At(b + left.X + 64f, d + left.Y + 64f);
                    var reflection = field.Reflection[i];
                    // An interface is partly a mirror (the constant part) and partly rough.
                    var echo = scatterer * (field.Scatter[i] + 0.8f * reflection + _sideLobes[b]) + new Vector2(0.2f * reflection, 0f) + still[i] * _clutter[d];
                    _re[d * Stride + Pad + b] = echo.X;
                    _im[d * Stride + Pad + b] = echo.Y;
                }
            }
        }
    }

    /// <summary>What the beam's side lobes pick up from bright tissue far to the side: a haze in dark cavities.</summary>
    private void SpreadSideLobes(EchoField field, int depth)
    {
        var row = depth * Beams;
        var sum = 0f;
        for (var b = -SideLobeReach; b < Beams; b++)
        {
            var enters = b + SideLobeReach;
            if (enters < Beams)
                sum += field.Scatter[row + enters] + field.Reflection[row + enters];
            var leaves = b - SideLobeReach - 1;
            if (leaves >= 0)
                sum -= field.Scatter[row + leaves] + field.Reflection[row + leaves];
            if (b >= 0)
                _sideLobes[b] = SideLobe / (2 * SideLobeReach + 1) * sum;
        }
    }

    private void Compress(float keep)
    {
        var noise = _speckle.FreshSlice();
        var toGrey = 255f / _settings.DynamicRangeDb;
        for (var d = 0; d < Depths; d++)
        {
            Spread(_re, d, _rowRe);
            Spread(_im, d, _rowIm);
            for (var b = 0; b < Beams; b++)
            {
                var i = d * Beams + b;
                var echo = new Vector2(_rowRe[Pad + b], _rowIm[Pad + b]) + noise[i] * _noise[d];
                var db = 3.0103f * MathF.Log2(echo.LengthSquared() + 1e-12f) + _gainDb[i];
                var grey = (db + _settings.DynamicRangeDb) * toGrey;
                // A soft shoulder instead of clipping: bright walls keep their texture at high gain.
                grey = grey < 0f ? 0f : grey > Knee ? Knee + (255f - Knee) * (1f - Knee * 0.5f / (grey - Knee * 0.5f)) : grey;
                _picture[i] = grey + (_picture[i] - grey) * keep;
            }
        }
    }

    /// <summary>Convolves with the pulse (over five depths) and the beam (across), into one row.</summary>
    private void Spread(float[] echo, int depth, float[] row)
    {
        Span<float> pulse = stackalloc float[Stride];
        pulse.Clear();
        for (var k = -2; k <= 2; k++)
        {
            var source = Math.Clamp(depth + k, 0, Depths - 1);
            MultiplyAdd(echo.AsSpan(source * Stride, Stride), s_axial[k + 2], pulse);
        }

        var beam = _lateral[depth];
        var half = beam.Length / 2;
        var inner = row.AsSpan(Pad, Beams);
        inner.Clear();
        for (var k = -half; k <= half; k++)
            MultiplyAdd(pulse.Slice(Pad + k, Beams), beam[k + half], inner);
    }

    private static void MultiplyAdd(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        var source = MemoryMarshal.Cast<float, Vector<float>>(from);
        var target = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var i = 0; i < target.Length; i++)
            target[i] += source[i] * factor;
        for (var i = target.Length * Vector<float>.Count; i < to.Length; i++)
            to[i] += from[i] * factor;
    }

    /// <summary>A lateral kernel whose energy, together with the pulse's, is 1: speckle keeps its loudness whatever its size.</summary>
    private static float[] Gaussian(float sigma)
    {
        var half = Math.Clamp((int)MathF.Ceiling(2.2f * sigma), 1, Pad);
        var kernel = new float[2 * half + 1];
        for (var k = -half; k <= half; k++)
            kernel[k + half] = MathF.Exp(-0.5f * k * k / (sigma * sigma));
        var energy = kernel.Sum(w => w * w) * s_axial.Sum(w => w * w);
        for (var k = 0; k < kernel.Length; k++)
            kernel[k] /= MathF.Sqrt(energy);
        return kernel;
    }

    /// <summary>Fat and ribs let some directions through better than others: a smooth pattern of a few dB that stays where it is, cell by cell.</summary>
    private static float[] Unevenness(PhantomRandom random)
    {
        const int Across = 7;
        const int Down = 8;
        var nodes = new float[Across * Down];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = random.Normal(0f, 3.5f);
        var pattern = new float[Depths * Beams];
        for (var d = 0; d < Depths; d++)
            for (var b = 0; b < Beams; b++)
            {
                var (y, x) = (d * (Down - 1f) / Depths, b * (Across - 1f) / Beams);
                var (fy, fx) = (Ease(y - (int)y), Ease(x - (int)x));
                var node = (int)y * Across + (int)x;
                pattern[d * Beams + b] = float.Lerp(
                    float.Lerp(nodes[node], nodes[node + 1], fx), float.Lerp(nodes[node + Across], nodes[node + Across + 1], fx), fy);
            }

        return pattern;
    }

    private static float Ease(float u) => u * u * (3f - 2f * u);

    private float TgcAt(float depth)
    {
        var u = Math.Clamp(depth / _settings.Sector.Depth, 0f, 1f) * (_settings.TgcDb.Count - 1);
        var slider = Math.Min((int)u, _settings.TgcDb.Count - 2);
        return _settings.TgcDb[slider] + (_settings.TgcDb[slider + 1] - _settings.TgcDb[slider]) * (u - slider);
    }

    private float ShadowAt(float across, float depth)
    {
        var loss = 0f;
        foreach (var shadow in _settings.Shadows)
        {
            var u = (across - shadow.Position) / shadow.Width;
            loss += shadow.LossDb * MathF.Exp(-u * u * u * u) * Math.Clamp((depth - shadow.StartDepth) / 0.8f, 0f, 1f);
        }

        return loss;
    }
}
