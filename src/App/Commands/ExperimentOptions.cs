using System.CommandLine;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary>What all experiments can be asked: to work for a while, to print, to forget.</summary>
internal sealed class ExperimentOptions
{
    private readonly Option<string?> name = new("--name") { Description = "Of the table; a name of its own keeps a smaller one apart" };
    private readonly Option<double?> hours = new("--hours") { Description = "Work for so long, then stop; the next call goes on" };
    private readonly Option<double?> minutes = new("--minutes") { Description = "The same in minutes" };
    private readonly Option<bool> print = new("--print") { Description = "Print the table of the cells there are, and work on nothing" };
    private readonly Option<bool> forget = new("--forget") { Description = "Take the table of this name away with its cells" };
    private readonly Option<bool> json = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[name, hours, minutes, print, forget, json])
            command.Options.Add(option);
    }

    public string? Name(ParseResult parse) => parse.GetValue(name);

    /// <param name="work">Until everything asked for is there; false where some of it cannot be had yet.</param>
    /// <param name="show">Prints the table, as JSON or for a person.</param>
    public async Task<int> RunAsync(
        Terminal terminal, ParseResult parse, ExperimentStore store, string kind, string table, Func<CancellationToken, Task<bool>> work, Func<bool, Task<int>> show, CancellationToken cancellationToken)
    {
        if (parse.GetValue(forget))
        {
            terminal.Line(await store.ForgetAsync(kind, table, cancellationToken) ? $"forgotten: {table}" : $"there is no table {table}");
            return 0;
        }
        if (parse.GetValue(print))
            return await show(parse.GetValue(json));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parse.GetValue(hours) is not null || parse.GetValue(minutes) is not null)
            limit.CancelAfter(TimeSpan.FromMinutes(60 * (parse.GetValue(hours) ?? 0) + (parse.GetValue(minutes) ?? 0)));
        try
        {
            terminal.Note(await work(limit.Token) ? "everything that was asked for is there" : "some cells cannot be had yet: see what stopped, and ./echoclr training resume");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            terminal.Note("the time is over; the same command goes on");
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException)
        {
            throw new CommandException(e.Message, e);
        }
        return await store.FindAsync(kind, table, cancellationToken) is null ? 0 : await show(parse.GetValue(json));
    }
}
