using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>tokens list|add|revoke</c>: how programs use the portal's addresses (<c>Authorization: Bearer TOKEN</c>).</summary>
internal static class TokensCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("tokens", "API tokens of the portal: list, add, revoke");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateAdd(terminal));
        command.Subcommands.Add(CreateRevoke(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var command = new Command("list", "Lists tokens; what they are is kept nowhere");
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            terminal.Table(["name", "user", "scopes", "last used", "state"], (await data.Get<ApiTokenStore>().ListAsync(cancellationToken)).Select(token => (IReadOnlyList<string>)
                [token.Name, token.UserName, token.Scopes.ToString(), token.LastUsedAt?.ToString("u") ?? "never", AccountState.Of(token, TimeProvider.System.GetUtcNow())]));
            return 0;
        });
        return command;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "What the token is for" };
        var user = new Option<string>("--user") { Description = "Whose it is; it never has more roles than this user", Required = true, HelpName = "NAME" };
        var scopes = UsersCommand.Roles("--scope");
        var days = new Option<int?>("--days") { Description = "How long it lives; for ever where it is not said" };
        var command = new Command("add", "Makes a token and prints it, once") { name, user, scopes, days };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var store = data.Get<ApiTokenStore>();
            if ((await store.ListAsync(cancellationToken)).Any(token => token.Name == parse.GetValue(name)))
                throw new CommandException($"there is a token '{parse.GetValue(name)}' already; choose another name");
            var owner = await UsersCommand.FindAsync(data, parse.GetValue(user)!, cancellationToken);
            var now = TimeProvider.System.GetUtcNow();
            var expires = parse.GetValue(days) is { } life ? now.AddDays(life) : (DateTimeOffset?)null;
            terminal.Line(await store.CreateAsync(parse.GetValue(name)!, owner.Id, RoleNames.Parse(parse.GetValue(scopes)!), expires, AuditParticipant.Operator(), now, cancellationToken));
            return 0;
        });
        return command;
    }

    private static Command CreateRevoke(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The token's name" };
        var command = new Command("revoke", "Ends a token at once") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            if (!await data.Get<ApiTokenStore>().RevokeAsync(parse.GetValue(name)!, AuditParticipant.Operator(), TimeProvider.System.GetUtcNow(), cancellationToken))
                throw new CommandException($"there is no token '{parse.GetValue(name)}' in use; ./echoclr tokens list names them");
            terminal.Line($"{parse.GetValue(name)} is revoked");
            return 0;
        });
        return command;
    }
}
