namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>Reads and sets AdamW's memory, in the order of its parameters; null stands for one that has not been stepped.</summary>
internal static class AdamMoments
{
    public static IReadOnlyList<Moments?> Read(AdamW optimizer) =>
        [.. optimizer.state_dict().State.Select(state => state is AdamW.State own ? new Moments(own.step, own.exp_avg, own.exp_avg_sq, own) : null)];

    public static void Set(AdamW optimizer, IReadOnlyList<Moments?> moments) =>
        optimizer.load_state_dict(new optim.StateDictionary([.. moments.Select(own => own is null ? null : new AdamW.State(own.Step, own.Average, own.Square))]));
}
