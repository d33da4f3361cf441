using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Silence;

/// <summary>How one sender is, and what it usually does.</summary>
/// <param name="BusyHoursSilent">Busy hours since its last arrival; null while its rhythm is not known.</param>
/// <param name="MostBusyHoursSilent">How many are usual.</param>
public sealed record SenderState(string AeTitle, DateTimeOffset? LastArrival, int ArrivalsInAWeek, double? BusyHoursSilent, double? MostBusyHoursSilent)
{
    public bool IsSilent => BusyHoursSilent > MostBusyHoursSilent;

    public override string ToString() => BusyHoursSilent is null
        ? "its rhythm is still being learned"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"no object since {LastArrival!.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC; in that time it usually sends in {BusyHoursSilent:0.0} hours, and a silence of {MostBusyHoursSilent:0.0} is still usual");
}

/// <summary>Learns each listed sender's rhythm from the associations that brought objects.</summary>
public sealed class SenderHealth(AssociationStore associations, ListenerOptions listener, SilenceOptions options)
{
    public async Task<IReadOnlyList<SenderState>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var states = new List<SenderState>();
        foreach (var aeTitle in listener.Senders.Select(sender => sender.AeTitle).Distinct(StringComparer.Ordinal))
        {
            // Twice the history: after a long silence there must still be one to learn from.
            var arrivals = await associations.ListArrivalsAsync(aeTitle, now - 2 * options.History, cancellationToken);
            var rhythm = SendingRhythm.Learn(arrivals, options);
            states.Add(new SenderState(aeTitle, arrivals.Count == 0 ? null : arrivals[^1], arrivals.Count(arrival => arrival >= now.AddDays(-7)),
                rhythm?.BusyHours(rhythm.LastArrival, now), rhythm?.MostBusyHoursSilent));
        }
        return states;
    }

    /// <summary>Busy hours of a sender between two times; null while its rhythm is not known.</summary>
    public async Task<double?> BusyHoursAsync(string aeTitle, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        SendingRhythm.Learn(await associations.ListArrivalsAsync(aeTitle, to - 2 * options.History, cancellationToken), options)?.BusyHours(from, to);
}
