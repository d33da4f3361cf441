using System.CommandLine;
using System.Data.Common;
using EchoClr.App.Configuration;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.App.Commands;

/// <summary><c>migrate</c>: brings the database to this program's schema, and ends. May run twice, and at once with another: each migration is applied once, under a lock.</summary>
internal static class MigrateCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("migrate", "Brings the database to this program's schema; forward only, as often as one likes");
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = GlobalOptions.Load(parse).GetSection(DataOptions.SectionName).Get<DataOptions>()!;
            try
            {
                await using var services = new ServiceCollection().AddEchoClrData(options).BuildServiceProvider();
                var migrator = services.GetRequiredService<Migrator>();
                var applied = await migrator.ApplyAsync(cancellationToken);
                terminal.Line($"schema {await migrator.FindSchemaAsync(cancellationToken)}, {applied} migrations applied now");
                return 0;
            }
            catch (Exception e) when (e is DbException or InvalidOperationException or ArgumentException)
            {
                throw new CommandException($"{options.Provider} was not migrated: {e.Message}; nothing of the migration that failed was kept", e);
            }
        });
        return command;
    }
}
