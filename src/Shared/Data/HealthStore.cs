namespace EchoClr.Shared.Data;

/// <summary>What a person should know now, whichever process found out; a warning goes when its cause has gone.</summary>
public sealed class HealthStore(Database database)
{
    /// <summary>Raises a warning, or changes the words of one that is raised. True when it was not raised before.</summary>
    public Task<bool> RaiseAsync(string subject, string detail, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { Subject = Text.Cut(subject, 200), Detail = Text.Cut(detail, 1000), Now = now };
        if (await session.ExecuteAsync("UPDATE health_warning SET detail = @Detail WHERE subject = @Subject", row) == 1)
            return false;
        await session.ExecuteAsync("INSERT INTO health_warning (subject, detail, raised_at) VALUES (@Subject, @Detail, @Now)", row);
        return true;
    }, cancellationToken);

    /// <summary>True when it was raised.</summary>
    public Task<bool> ClearAsync(string subject, CancellationToken cancellationToken) => database.WriteAsync(
        async session => await session.ExecuteAsync("DELETE FROM health_warning WHERE subject = @Subject", new { Subject = Text.Cut(subject, 200) }) == 1, cancellationToken);

    public Task<IReadOnlyList<HealthWarning>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<HealthWarning>("SELECT subject, detail, raised_at FROM health_warning ORDER BY raised_at, subject"), cancellationToken);
}

public sealed record HealthWarning
{
    /// <summary>What it is about: <c>receiving</c>, <c>sender CART</c>.</summary>
    public string Subject { get; init; } = "";
    public string Detail { get; init; } = "";
    public DateTimeOffset RaisedAt { get; init; }
}
