using System.CommandLine;
using System.Data.Common;
using System.Net.Sockets;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.App.Operations;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Commands;

/// <summary><c>up</c>: everything in one process. <c>run ROLE</c>: one role, for several processes over RabbitMQ.</summary>
internal static class UpCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("up", "Runs everything in one process: listener, inference, delivery, schedules, portal");
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, GlobalOptions.Load(parse), Roles.All, cancellationToken));
        return command;
    }

    public static Command CreateRun(Terminal terminal)
    {
        var role = new Argument<string>("role") { Description = "ingest, inference, retraining or portal" };
        role.AcceptOnlyFromAmong("ingest", "inference", "retraining", "portal");
        var command = new Command("run", "Runs one role; the roles of one system share folder, database and broker") { role };
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, GlobalOptions.Load(parse), Enum.Parse<Roles>(parse.GetValue(role)!, ignoreCase: true), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, IConfigurationRoot configuration, Roles roles, CancellationToken cancellationToken)
    {
        using var host = await BuildAsync(configuration, roles, cancellationToken);
        foreach (var hint in Hints(configuration, roles))
            terminal.Note($"echoclr: {hint}");
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or AddressInUseException)
        {
            throw new CommandException($"EchoClr cannot start: {e.Message}; is another one running, or is the address of Ingest:Listener, Portal:Url or Operations:Port taken?", e);
        }
        if (roles.HasFlag(Roles.Portal))
            await PrintFirstLinkAsync(terminal, host, cancellationToken);
        terminal.Note($"echoclr: up ({roles}), data in {configuration["Data:Directory"]}; Ctrl-C ends it");
        await host.WaitForShutdownAsync(cancellationToken);
        return cancellationToken.IsCancellationRequested ? 0 : throw new CommandException("EchoClr stopped by itself; the last error in its log says why");
    }

    private static async Task PrintFirstLinkAsync(Terminal terminal, IHost host, CancellationToken cancellationToken)
    {
        try
        {
            if (await host.Services.GetRequiredService<SignInLinks>().ForFirstUserAsync(cancellationToken) is { } link)
                terminal.Note($"echoclr: nobody can sign in to the portal yet; choose the first administrator's password here, once and within a day: {link}");
        }
        // A full disk must not keep us from starting: retention is what makes room.
        catch (DbException exception) when (Database.IsFull(exception))
        {
            terminal.Note($"echoclr: there is no room for a link to sign in by; make some, then ./echoclr users link {SignInLinks.FirstUser}");
        }
    }

    private static async Task<IHost> BuildAsync(IConfigurationRoot configuration, Roles roles, CancellationToken cancellationToken)
    {
        try
        {
            var log = configuration.GetSection(LogOptions.SectionName).Get<LogOptions>() ?? new LogOptions();
            return await EchoClrHost.BuildAsync(configuration, roles, log.AddTo, cancellationToken);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new CommandException($"these settings cannot work: {e.Message}; mend them and start again", e);
        }
    }

    /// <summary>What is allowed and yet hardly meant.</summary>
    private static IEnumerable<string> Hints(IConfigurationRoot configuration, Roles roles)
    {
        if (roles.HasFlag(Roles.Ingest) && !configuration.GetSection("Ingest:Listener:Senders").GetChildren().Any())
            yield return "nobody may send yet; list senders in Ingest:Listener:Senders";
        if (roles.HasFlag(Roles.Inference) && !configuration.GetSection("Inference:Destinations").GetChildren().Any())
            yield return "results go nowhere yet; list a PACS in Inference:Destinations";
        if (roles is not (Roles.All or Roles.Portal) && !"rabbitmq".Equals(configuration["Bus:Transport"], StringComparison.OrdinalIgnoreCase))
            yield return "the bus in memory does not reach other processes, which will only see work once a minute; set Bus:Transport=rabbitmq";
    }
}
