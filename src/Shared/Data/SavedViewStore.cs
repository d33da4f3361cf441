namespace EchoClr.Shared.Data;

/// <summary>Readers' own views of the worklist: filters and order under a name.</summary>
public sealed class SavedViewStore(Database database)
{
    /// <summary>More would be a list to search in.</summary>
    public const int MaxViews = 20;

    /// <summary>Characters of a name and of a query; the columns'.</summary>
    public const int MaxNameLength = 60, MaxQueryLength = 400;

    public Task<IReadOnlyList<SavedView>> ListAsync(long userId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<SavedView>("SELECT name, query FROM saved_view WHERE user_id = @Id ORDER BY name", new { Id = userId }), cancellationToken);

    /// <summary>Keeps a view, in the place of one of the same name. False where there are <see cref="MaxViews"/> others.</summary>
    public Task<bool> SaveAsync(long userId, string name, string query, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { Id = userId, Name = Text.Cut(name, MaxNameLength), Query = query };
        if (await session.ExecuteAsync("UPDATE saved_view SET query = @Query WHERE user_id = @Id AND name = @Name", row) == 1)
            return true;
        if (await session.ScalarAsync<int>("SELECT COUNT(*) FROM saved_view WHERE user_id = @Id", row) >= MaxViews)
            return false;
        await session.ExecuteAsync("INSERT INTO saved_view (user_id, name, query) VALUES (@Id, @Name, @Query)", row);
        return true;
    }, cancellationToken);

    public Task DeleteAsync(long userId, string name, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM saved_view WHERE user_id = @Id AND name = @Name", new { Id = userId, Name = name }), cancellationToken);
}

public sealed record SavedView
{
    public string Name { get; init; } = "";

    /// <summary>With its question mark; empty shows all.</summary>
    public string Query { get; init; } = "";
}
