using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.Inference;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;

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
            var rows = await OpenDestinations(parse, data).ListAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(rows.Select(row => new { row.Name, row.Address, State = row.StateInWords, row.Held, row.Sending, row.Unconfirmed, row.Parked, row.Confirmed }));
            else if (rows.Count == 0)
                terminal.Line("no destination; list a PACS in Inference:Destinations");
            else
                terminal.Table(["name", "address", "state", "held", "sending", "unconfirmed", "parked", "confirmed"], rows.Select(row => (IReadOnlyList<string>)
                    [row.Name, row.Address, row.StateInWords, $"{row.Held}", $"{row.Sending}", $"{row.Unconfirmed}", $"{row.Parked}", $"{row.Confirmed}"]));
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
                throw new CommandException(destination.StandingState == "on"
                    ? $"{destination.Name} is not held"
                    : $"{destination.Name} is not held by anybody, but its State in Inference:Destinations is {(destination.StandingState == "held" ? DestinationState.Hold : DestinationState.Off)}; set it to On and start EchoClr again");
            terminal.Line($"released: {destination.Name}; {released} {(released == 1 ? "result goes" : "results go")} out");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "Its Name in Inference:Destinations" };

    private static Destinations OpenDestinations(ParseResult parse, OpenData data) => new(Site.ReadDestinations(GlobalOptions.Load(parse)), data.Get<DestinationHoldStore>());

    private static SiteDestination Find(ParseResult parse, string name) => Site.ReadDestinations(GlobalOptions.Load(parse)).FirstOrDefault(destination => destination.Name == name)
        ?? throw new CommandException($"there is no destination {name} in Inference:Destinations; ./echoclr destinations list lists those there are");
}
