namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>Reads and sets AdamW's memory, in the order of its parameters; null stands for one that has not been stepped. TorchSharp's dictionary holds the living state, not a copy.</summary>
internal static class AdamMoments
{
    public static IReadOnlyList<Moments?> Read(AdamW optimizer) =>
        [.. optimizer.state_dict().State.Select(state => state is AdamW.State { step: > 0 } own ? new Moments(own.step, own.exp_avg, own.exp_avg_sq) : null)];

    public static void Set(AdamW optimizer, IReadOnlyList<Moments?> moments)
    {
        var states = optimizer.state_dict().State;
        if (states.Count != moments.Count)
            throw new InvalidOperationException($"the state is of {moments.Count} parameters, the optimiser has {states.Count}");
        using IDisposable mode = no_grad();
        foreach (var (state, given) in states.Zip(moments))
        {
            if (given is null || state is not AdamW.State own)
                continue;
            own.step = given.Step;
            own.exp_avg.copy_(given.Average);
            own.exp_avg_sq.copy_(given.Square);
        }
    }
}
