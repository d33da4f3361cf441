using System.Numerics;
using System.Runtime.InteropServices;

namespace EchoClr.Phantom.Rendering;

/// <summary>
/// Complex Gaussian scatterers in material coordinates on a torus: they are looked up where the tissue was at end-diastole, so they travel with it, and they
/// decorrelate in time as an AR(1) process (motion out of the plane).
/// </summary>
internal sealed class SpeckleField
{
    public const int Rows = 512;
    public const int Columns = 256;
    private const float DecorrelationSeconds = 0.060f;

    // One fixed pool of normal values for every video: a fresh slice of it is as good as fresh chance and costs no logarithms.
    private static readonly Vector2[] s_pool = CreatePool();
    private static readonly float[] s_texture = CreateTexture();

    private readonly Vector2[] _scatterers = new Vector2[Rows * Columns];
    private readonly PhantomRandom _random;
    private readonly int _textureShift;

    public SpeckleField(PhantomRandom random)
    {
        _random = random;
        _textureShift = random.Next(Rows) * Columns;
        FreshSlice().CopyTo(_scatterers);
    }

    public static ReadOnlySpan<Vector2> Pool => s_pool;

    public void Advance(float seconds)
    {
        var keep = MathF.Exp(-seconds / DecorrelationSeconds);
        var renew = MathF.Sqrt(1f - keep * keep);
        var old = MemoryMarshal.Cast<Vector2, Vector<float>>(_scatterers.AsSpan());
        var fresh = MemoryMarshal.Cast<Vector2, Vector<float>>(FreshSlice());
        for (var i = 0; i < old.Length; i++)
            old[i] = old[i] * keep + fresh[i] * renew;
    }

    /// <summary>A slice of the pool that starts at a chance place: (Rows × Columns) values.</summary>
    public ReadOnlySpan<Vector2> FreshSlice() => s_pool.AsSpan(_random.Next(s_pool.Length - Rows * Columns) & ~15, Rows * Columns);

    /// <summary>The scatterer and the tissue's own texture (a factor around 1) at a fractional place, bilinear.</summary>
    public Vector2 At(float column, float row)
    {
        var c = (int)MathF.Floor(column);
        var r = (int)MathF.Floor(row);
        var fc = column - c;
        var fr = row - r;
        var c0 = c & (Columns - 1);
        var c1 = (c + 1) & (Columns - 1);
        var r0 = (r & (Rows - 1)) * Columns;
        var r1 = ((r + 1) & (Rows - 1)) * Columns;
        var top = _scatterers[r0 + c0] + (_scatterers[r0 + c1] - _scatterers[r0 + c0]) * fc;
        var bottom = _scatterers[r1 + c0] + (_scatterers[r1 + c1] - _scatterers[r1 + c0]) * fc;
        var texture = s_texture[(r0 + c0 + _textureShift) & (Rows * Columns - 1)];
        return (top + (bottom - top) * fr) * texture;
    }

    private static Vector2[] CreatePool()
    {
        var random = PhantomRandom.For(0x5EED);
        var pool = new Vector2[Rows * Columns * 3];
        for (var i = 0; i < pool.Length; i++)
            pool[i] = random.NormalPair() * 0.7071f;
        return pool;
    }

    /// <summary>Smooth log-normal unevenness, longer across the beam than along it: fibres and fat lie mostly across.</summary>
    private static float[] CreateTexture()
    {
        const int CellRows = Rows / 8;
        const int CellColumns = Columns / 16;
        var random = PhantomRandom.For(0x7E47);
        var nodes = new float[CellRows * CellColumns];
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = random.NormalPair().X;
        var texture = new float[Rows * Columns];
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++)
                texture[r * Columns + c] = MathF.Exp(0.6f * Smooth(nodes, CellRows, CellColumns, r / 8f, c / 16f));
        return texture;
    }

    private static float Smooth(float[] nodes, int rows, int columns, float r, float c)
    {
        var (r0, c0) = ((int)r, (int)c);
        var (fr, fc) = (r - r0, c - c0);
        fr = fr * fr * (3f - 2f * fr);
        fc = fc * fc * (3f - 2f * fc);
        float Node(int row, int column) => nodes[(row % rows) * columns + column % columns];
        var top = Node(r0, c0) + (Node(r0, c0 + 1) - Node(r0, c0)) * fc;
        var bottom = Node(r0 + 1, c0) + (Node(r0 + 1, c0 + 1) - Node(r0 + 1, c0)) * fc;
        return top + (bottom - top) * fr;
    }
}
