using EchoClr.Inference.Signals.Fhir;
using EchoClr.Inference.Signals.Hl7;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Signals;

/// <summary>The systems that are told of studies, by their names in the tables.</summary>
public sealed class SignalTargets(InferenceOptions options, TimeProvider time)
{
    private readonly List<ISignalTarget> _all =
        [.. options.Signals.Hl7.Select(target => new MllpTarget(target, time)), .. options.Signals.Webhooks.Select(target => new WebhookTarget(target, time))];

    public ISignalTarget? Find(string name) => _all.Find(target => target.Options.Name == name);

    /// <summary>Who hears when a destination has confirmed.</summary>
    public IReadOnlyList<SignalWish> After(string destination) =>
        [.. _all.Select(target => target.Options).Where(target => target.Destination is null || target.Destination == destination).Select(Wish)];

    /// <summary>Who hears where no destination is told.</summary>
    public IReadOnlyList<SignalWish> All => [.. _all.Select(target => Wish(target.Options))];

    private static SignalWish Wish(SignalTargetOptions target) => new(target.Name, target.NotAnalyzed);
}
