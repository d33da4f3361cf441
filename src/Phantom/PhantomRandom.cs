using System.Numerics;

namespace EchoClr.Phantom;

/// <summary>A small seeded generator (SplitMix64), so that a phantom's bytes depend on its seed alone and not on the version of .NET.</summary>
public sealed class PhantomRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator for one named purpose: streams with different keys are independent, so that adding a draw to one leaves the others as they were.</summary>
    public static PhantomRandom For(params ReadOnlySpan<long> keys)
    {
        ulong state = 0x243F6A8885A308D3;
        foreach (var key in keys)
            state = Mix(state ^ Mix((ulong)key + 0x9E3779B97F4A7C15));
        return new PhantomRandom(state);
    }

    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public float NextUnit() => (NextBits() >> 40) * (1f / (1 << 24));

    public float Uniform(float low, float high) => low + (high - low) * NextUnit();

    public int Next(int exclusiveEnd) => (int)((NextBits() >> 33) % (uint)exclusiveEnd);

    public bool Chance(float probability) => NextUnit() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Two independent standard normal values (Box–Muller).</summary>
    public Vector2 NormalPair()
    {
        var radius = MathF.Sqrt(-2f * MathF.Log(1f - NextUnit()));
        var (sin, cos) = MathF.SinCos(2f * MathF.PI * NextUnit());
        return new Vector2(radius * cos, radius * sin);
    }

    public float Normal(float mean, float deviation) => mean + deviation * NormalPair().X;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
