using System.CommandLine;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.App.Configuration;

/// <summary>The stores of a data folder, for commands that look or that write a row; a running <c>up</c> picks rows up.</summary>
internal sealed class OpenData : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private OpenData(ServiceProvider services) => this.services = services;

    /// <param name="create">Make a new database where there is none; otherwise that is an error.</param>
    public static async Task<OpenData> OpenAsync(ParseResult parse, bool create, CancellationToken cancellationToken)
    {
        var configuration = GlobalOptions.Load(parse);
        var options = configuration.GetSection(DataOptions.SectionName).Get<DataOptions>()!;
        var isFile = options.Provider == DatabaseProvider.Sqlite && options.ConnectionString is null;
        if (isFile && !create && !File.Exists(Path.Combine(options.Directory, "echoclr.db")))
            throw new CommandException($"there is no EchoClr database in {options.Directory}; name the folder with --data, or start ./echoclr up, which makes one");
        var data = new OpenData(new ServiceCollection().AddEchoClrData(options).BuildServiceProvider());
        try
        {
            await data.Get<Migrator>().PrepareAsync(options, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            await data.DisposeAsync();
            throw new CommandException(e.Message, e);
        }
        return data;
    }

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
