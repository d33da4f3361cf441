using EchoClr.Shared.Data;

namespace EchoClr.Portal.Administration;

/// <summary>The PACS that results go to: how each stands, and what waits for it.</summary>
public sealed class Destinations(IReadOnlyList<SiteDestination> named, DestinationHoldStore holds)
{
    public async Task<IReadOnlyList<DestinationEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var held = (await holds.ListAsync(cancellationToken)).ToDictionary(hold => hold.Destination);
        var counts = (await holds.CountAsync(cancellationToken)).ToLookup(count => count.Destination);
        return [.. named.Select(destination => Entry(destination, held.GetValueOrDefault(destination.Name), [.. counts[destination.Name]]))];
    }

    /// <summary>Null where the settings name no such destination.</summary>
    public SiteDestination? Find(string name) => named.FirstOrDefault(destination => destination.Name == name);

    private static DestinationEntry Entry(SiteDestination destination, DestinationHold? hold, IReadOnlyList<DeliveryCount> counts)
    {
        return new DestinationEntry(
            destination.Name, $"{destination.Peer.AeTitle}@{destination.Peer.Host}:{destination.Peer.Port}", destination.Peer.Tls is not null,
            destination.StandingState == "on" && hold is not null ? "held" : destination.StandingState, destination.StandingState == "on" ? hold : null,
            Count(DeliveryState.Held), Count(DeliveryState.Waiting, DeliveryState.Sending), Count(DeliveryState.Sent, DeliveryState.CommitmentRequested), Count(DeliveryState.Parked), Count(DeliveryState.Confirmed));

        int Count(params DeliveryState[] states) => counts.Where(count => states.Contains(count.State)).Sum(count => count.Deliveries);
    }
}

/// <param name="State">"on", "held" or "off".</param>
/// <param name="Hold">Who holds it; null also where the settings do.</param>
/// <param name="Held">Results that wait for its release; then those under way, those that it has yet to confirm, those that need a person, and those that it confirmed.</param>
public sealed record DestinationEntry(string Name, string Address, bool Tls, string State, DestinationHold? Hold, int Held, int Sending, int Unconfirmed, int Parked, int Confirmed)
{
    /// <summary>The state in words, with who decided it.</summary>
    public string StateInWords => Hold is { } hold ? $"held by {hold.HeldBy} since {hold.HeldAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {hold.Reason}" : State == "on" ? "on" : $"{State} (settings)";
}
