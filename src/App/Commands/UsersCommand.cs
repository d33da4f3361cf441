using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Portal;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>users list|add|link|disable</c>: who may use the portal. Passwords are chosen by a one-time link, so nobody ever tells one.</summary>
internal static class UsersCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("users", "Who may use the portal: list, add, a link to choose a password by, disable");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateAdd(terminal));
        command.Subcommands.Add(CreateLink(terminal));
        command.Subcommands.Add(CreateDisable(terminal));
        return command;
    }

    /// <summary>Roles of users and scopes of tokens, in the command line's words.</summary>
    public static Option<string[]> Roles(string name)
    {
        var option = new Option<string[]>(name)
        {
            Description = "reader (sees studies, answers findings), administrator (withdraws reports), model-administrator (decides about models); several are possible",
            AllowMultipleArgumentsPerToken = true, Required = true, HelpName = "ROLE",
        };
        return option.AcceptOnlyFromAmong([.. RoleNames.All]);
    }

    private static Command CreateList(Terminal terminal)
    {
        var command = new Command("list", "Lists users");
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var now = TimeProvider.System.GetUtcNow();
            terminal.Table(["name", "roles", "state"], (await data.Get<UserStore>().ListAsync(cancellationToken)).Select(user => (IReadOnlyList<string>)[user.Name, user.Roles.ToString(), AccountState.Of(user, now)]));
            return 0;
        });
        return command;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var name = Name();
        var roles = Roles("--role");
        var command = new Command("add", "Adds a user, or changes a user's roles; prints a link to choose a password by") { name, roles };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var user = await data.Get<UserStore>().SaveAsync(parse.GetValue(name)!, RoleNames.Parse(parse.GetValue(roles)!), AuditParticipant.Operator(), TimeProvider.System.GetUtcNow(), cancellationToken);
            terminal.Line($"{user.Name}: {user.Roles}");
            if (user.PasswordHash is null)
                await PrintLinkAsync(terminal, parse, data, user, cancellationToken);
            return 0;
        });
        return command;
    }

    private static Command CreateLink(Terminal terminal)
    {
        var name = Name();
        var command = new Command("link", "Prints a one-time link by which a user chooses a new password") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            await PrintLinkAsync(terminal, parse, data, await FindAsync(data, parse.GetValue(name)!, cancellationToken), cancellationToken);
            return 0;
        });
        return command;
    }

    private static Command CreateDisable(Terminal terminal)
    {
        var name = Name();
        var command = new Command("disable", "Ends a user's access at once; add brings it back") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            if (!await data.Get<UserStore>().DisableAsync(parse.GetValue(name)!, AuditParticipant.Operator(), TimeProvider.System.GetUtcNow(), cancellationToken))
                throw new CommandException($"there is no user '{parse.GetValue(name)}' with access; ./echoclr users list names them");
            terminal.Line($"{UserStore.Normalize(parse.GetValue(name)!)} is disabled; sessions and API tokens have ended");
            return 0;
        });
        return command;
    }

    /// <summary>The user of a name, or the error that says there is none.</summary>
    public static async Task<UserRow> FindAsync(OpenData data, string name, CancellationToken cancellationToken) => await data.Get<UserStore>().FindAsync(name, cancellationToken)
        ?? throw new CommandException($"there is no user '{name}'; ./echoclr users list names them, users add makes one");

    private static async Task PrintLinkAsync(Terminal terminal, ParseResult parse, OpenData data, UserRow user, CancellationToken cancellationToken)
    {
        var options = GlobalOptions.Load(parse).GetSection(PortalOptions.SectionName).Get<PortalOptions>() ?? new PortalOptions();
        var links = new SignInLinks(data.Get<UserStore>(), data.Get<SignInStore>(), options, TimeProvider.System);
        terminal.Line($"link to choose a password by, once and within a day: {await links.ForPasswordAsync(user, cancellationToken)}");
    }

    private static Argument<string> Name() => new("name") { Description = "The name to sign in by; letters of either case are the same" };
}
