using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Silence;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>senders</c>: who may send, when each sent last, and whether that is usual.</summary>
internal static class SendersCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("senders", "Lists who may send, when each sent last, and whether its silence is usual") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var configuration = GlobalOptions.Load(parse);
            var listener = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
            var options = configuration.GetSection(SilenceOptions.SectionName).Get<SilenceOptions>() ?? new SilenceOptions();
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var states = await new SenderHealth(data.Get<AssociationStore>(), listener, options).ListAsync(TimeProvider.System.GetUtcNow(), cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(states);
            else if (states.Count == 0)
                terminal.Line("nobody may send yet; list senders in Ingest:Listener:Senders");
            else
                terminal.Table(["sender", "last object (UTC)", "associations in 7 days", "silence"], states.Select(state => (IReadOnlyList<string>)
                    [state.AeTitle, state.LastArrival?.UtcDateTime.ToString("yyyy-MM-dd HH:mm") ?? "never", $"{state.ArrivalsInAWeek}", (state.IsSilent ? "UNUSUAL: " : state.BusyHoursSilent is null ? "" : "usual: ") + state]));
            return 0;
        });
        return command;
    }
}
