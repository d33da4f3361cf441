using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>parked list|retry|drop</c>: what needs a person.</summary>
internal static class ParkedCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("parked", "What needs a person: analyses, deliveries, signals and commitment reports that were given up");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateChange("retry", "Lets parked items try again from the beginning", null, (parked, item, _, cancellationToken) =>
            parked.RetryAsync(item.Kind, item.Id, TimeProvider.System.GetUtcNow(), cancellationToken), terminal));
        command.Subcommands.Add(CreateChange("drop", "Gives parked deliveries and signals up for good; analyses cannot be dropped", new("--note") { Description = "Why, for whoever looks later" }, (parked, item, note, cancellationToken) =>
            item.Kind switch
            {
                ParkedKind.Delivery => parked.DropDeliveryAsync(item.Id, TimeProvider.System.GetUtcNow(), cancellationToken, note),
                ParkedKind.Signal => parked.DropSignalAsync(item.Id, TimeProvider.System.GetUtcNow(), cancellationToken, note),
                ParkedKind.Commitment => throw new CommandException("a report of storage commitment need not be dropped; it is forgotten after 30 days, and its sender may ask again"),
                _ => throw new CommandException("an analysis cannot be dropped, the study would end without a word; mend its cause and use ./echoclr parked retry"),
            }, terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists parked items with their reasons") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var items = await data.Get<Parked>().ListAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(items);
            else if (items.Count == 0)
                terminal.Line("nothing is parked");
            else
                terminal.Table(["item", "study", "since (UTC)", "destination", "reason"], items.Select(item => (IReadOnlyList<string>)
                    [item.Name, item.StudyInstanceUid, item.ParkedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm"), item.Destination ?? "", item.Reason ?? ""]));
            return 0;
        });
        return command;
    }

    private static Command CreateChange(string verb, string description, Option<string?>? note, Func<Parked, ParkedItem, string?, CancellationToken, Task<bool>> change, Terminal terminal)
    {
        var names = new Argument<string[]>("item") { Description = "Items as parked list names them, or all", Arity = ArgumentArity.OneOrMore };
        var command = new Command(verb, description) { names };
        if (note is not null)
            command.Options.Add(note);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var parked = data.Get<Parked>();
            var items = await parked.ListAsync(cancellationToken);
            var wanted = parse.GetValue(names)!;
            if (!wanted.Contains("all"))
                items = [.. wanted.Select(name => items.FirstOrDefault(item => item.Name == name) ?? throw new CommandException($"{name} is not parked; ./echoclr parked list says what is"))];
            var changed = 0;
            foreach (var item in items)
                changed += await change(parked, item, note is null ? null : parse.GetValue(note), cancellationToken) ? 1 : 0;
            terminal.Line($"{verb}: {changed} of {items.Count}");
            return changed == items.Count ? 0 : 1;
        });
        return command;
    }
}
