using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Inference;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>destinations list|hold|release</c>: the PACS that results go to, and holding one: studies are analysed, nothing is sent.</summary>
internal static class DestinationsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("destinations", "The PACS that results go to: list them, hold one (analyse, send nothing), release it");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateHold(terminal));
        command.Subcommands.Add(CreateRelease(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists destinations with their state and what waits for them") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var store = data.Get<DestinationHoldStore>();
            var holds = (await store.ListAsync(cancellationToken)).ToDictionary(hold => hold.Destination);
            var counts = (await store.CountAsync(cancellationToken)).ToLookup(count => count.Destination);
            var rows = Settings(parse).Select(destination => new
            {
                destination.Name, Address = $"{destination.AeTitle}@{destination.Host}:{destination.Port}", State = State(destination, holds.GetValueOrDefault(destination.Name)),
                Held = Count(counts[destination.Name], DeliveryState.Held), Sending = Count(counts[destination.Name], DeliveryState.Waiting, DeliveryState.Sending),
                Unconfirmed = Count(counts[destination.Name], DeliveryState.Sent, DeliveryState.CommitmentRequested), Parked = Count(counts[destination.Name], DeliveryState.Parked),
                Confirmed = Count(counts[destination.Name], DeliveryState.Confirmed),
            }).ToList();
            if (parse.GetValue(json))
                terminal.Json(rows);
            else if (rows.Count == 0)
                terminal.Line("no destination; list a PACS in Inference:Destinations");
            else
                terminal.Table(["name", "address", "state", "held", "sending", "unconfirmed", "parked", "confirmed"], rows.Select(row => (IReadOnlyList<string>)
                    [row.Name, row.Address, row.State, $"{row.Held}", $"{row.Sending}", $"{row.Unconfirmed}", $"{row.Parked}", $"{row.Confirmed}"]));
            return 0;
        });
        return command;
    }

    private static Command CreateHold(Terminal terminal)
    {
        var name = Name();
        var reason = new Option<string>("--reason") { Description = "Why, for whoever finds it held", Required = true };
        var by = CommonOptions.By();
        var command = new Command("hold", "Holds a destination: studies are analysed, nothing is sent to it until it is released") { name, reason, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var destination = Find(parse, parse.GetValue(name)!);
            if (!await data.Get<DestinationHoldStore>().HoldAsync(destination.Name, parse.GetValue(by)!, parse.GetValue(reason)!, TimeProvider.System.GetUtcNow(), cancellationToken))
                throw new CommandException($"{destination.Name} is held already; ./echoclr destinations list says by whom");
            terminal.Line($"held: {destination.Name}; ./echoclr destinations release {destination.Name} sends what waits");
            return 0;
        });
        return command;
    }

    private static Command CreateRelease(Terminal terminal)
    {
        var name = Name();
        var by = CommonOptions.By();
        var command = new Command("release", "Releases a held destination: what waited for it is sent") { name, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var destination = Find(parse, parse.GetValue(name)!);
            if (await data.Get<DestinationHoldStore>().ReleaseAsync(destination.Name, parse.GetValue(by)!, TimeProvider.System.GetUtcNow(), cancellationToken) is not { } released)
                throw new CommandException(destination.State == DestinationState.On
                    ? $"{destination.Name} is not held"
                    : $"{destination.Name} is not held by anybody, but its State in Inference:Destinations is {destination.State}; set it to On and start EchoClr again");
            terminal.Line($"released: {destination.Name}; {released} {(released == 1 ? "result goes" : "results go")} out");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "Its Name in Inference:Destinations" };

    private static List<DestinationOptions> Settings(ParseResult parse) =>
        (GlobalOptions.Load(parse).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>() ?? new InferenceOptions()).Destinations;

    private static DestinationOptions Find(ParseResult parse, string name) => Settings(parse).Find(destination => destination.Name == name)
        ?? throw new CommandException($"there is no destination {name} in Inference:Destinations; ./echoclr destinations list lists those there are");

    private static string State(DestinationOptions destination, DestinationHold? hold) => destination.State switch
    {
        DestinationState.Off => "off (settings)",
        DestinationState.Hold => "held (settings)",
        _ when hold is not null => $"held by {hold.HeldBy} since {hold.HeldAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {hold.Reason}",
        _ => "on",
    };

    private static int Count(IEnumerable<DeliveryCount> counts, params DeliveryState[] states) => counts.Where(count => states.Contains(count.State)).Sum(count => count.Deliveries);
}
