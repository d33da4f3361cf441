namespace EchoClr.Phantom.Anatomy;

/// <summary>One instant of the beat.</summary>
/// <param name="Contraction">0 at end-diastole, 1 at end-systole.</param>
/// <param name="AorticOpening">0 closed, 1 fully open (of what the leaflets can do).</param>
/// <param name="MitralOpening">0 closed, 1 the E wave's maximum.</param>
/// <param name="Ecg">The trace, 1 at the R peak.</param>
internal readonly record struct Beat(float Contraction, float AorticOpening, float MitralOpening, float Ecg);

/// <summary>A regular heart beat. Time 0 is the R peak; systole shortens with the square root of the beat, as the QT interval does.</summary>
internal sealed class CardiacCycle(float heartRate)
{
    private const float Ivrt = 0.06f;  // isovolumic relaxation, s
    private const float EWave = 0.19f; // rapid filling, s
    private const float AWave = 0.13f; // atrial contraction, s

    private readonly float _period = 60f / heartRate;
    private readonly float _stretch = MathF.Sqrt(60f / heartRate);

    public float PeriodSeconds => _period;

    public Beat At(double seconds)
    {
        var x = (float)(seconds - Math.Floor(seconds / _period) * _period);
        return new Beat(Contraction(x), AorticOpening(x), MitralOpening(x), Ecg(x));
    }

    /// <summary>When systole ends, seconds after the R peak.</summary>
    public float EndSystole => 0.35f * _stretch;

    private float EOnset => EndSystole + Ivrt * _stretch;
    private float EEnd => EOnset + EWave * _stretch;
    private float AOnset => MathF.Max(_period - AWave * _stretch, EEnd);

    private float Contraction(float x)
    {
        if (x < EndSystole)
            return Ease(x / EndSystole);
        if (x < EOnset)
            return 1f - 0.04f * (x - EndSystole) / (EOnset - EndSystole);
        if (x < EEnd)
            return 0.96f - 0.68f * Ease((x - EOnset) / (EEnd - EOnset));
        if (x < AOnset)
            return 0.28f - 0.06f * (x - EEnd) / MathF.Max(AOnset - EEnd, 1e-3f);
        return 0.22f * (1f - Ease((x - AOnset) / MathF.Max(_period - AOnset, 1e-3f)));
    }

    private float AorticOpening(float x)
    {
        var opening = Ease((x - 0.045f * _stretch) / 0.05f);
        var closing = Ease((EndSystole - x) / 0.06f);
        return x < EndSystole ? opening * closing : 0f;
    }

    private float MitralOpening(float x)
    {
        if (x < EOnset)
            return 0f;
        var e = Bump((x - EOnset) / (EEnd - EOnset), 0.35f);
        var rest = 0.32f * Ease((x - EOnset) / (0.5f * (EEnd - EOnset))) * Ease((_period - x) / 0.05f);
        var a = 0.7f * Bump((x - AOnset) / MathF.Max(_period - AOnset, 1e-3f), 0.45f);
        return MathF.Max(MathF.Max(e, rest), a);
    }

    private float Ecg(float x)
    {
        // Distance to the nearest R peak, so that P and Q of the next beat are drawn before it.
        var d = x > _period / 2 ? x - _period : x;
        var beforeNext = x - _period;
        return Wave(d, 0f, 0.012f, 1f) + Wave(d, -0.03f, 0.010f, -0.12f) + Wave(d, 0.032f, 0.012f, -0.22f)
            + Wave(beforeNext, -0.17f * _stretch, 0.022f, 0.13f) + Wave(x, 0.29f * _stretch, 0.045f, 0.24f);
    }

    private static float Wave(float x, float at, float width, float height)
    {
        var u = (x - at) / width;
        return height * MathF.Exp(-0.5f * u * u);
    }

    /// <summary>0 to 1 with level ends; clamps outside.</summary>
    private static float Ease(float u)
    {
        u = Math.Clamp(u, 0f, 1f);
        return u * u * (3f - 2f * u);
    }

    private static float Bump(float u, float peak) => u is <= 0f or >= 1f ? 0f : u < peak ? Ease(u / peak) : Ease((1f - u) / (1f - peak));
}
