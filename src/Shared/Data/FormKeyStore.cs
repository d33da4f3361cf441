namespace EchoClr.Shared.Data;

/// <summary>Keys that sign the portal's forms, as XML that ASP.NET Core makes and reads.</summary>
public sealed class FormKeyStore(Database database, TimeProvider time)
{
    public Task<IReadOnlyList<string>> ListAsync() => database.ReadAsync(session => session.QueryAsync<string>("SELECT xml FROM form_key ORDER BY id"), CancellationToken.None);

    public Task AddAsync(string name, string xml) => database.WriteAsync(session => session.ExecuteAsync(
        "INSERT INTO form_key (name, xml, created_at) VALUES (@Name, @Xml, @Now)", new { Name = Text.Cut(name, 200), Xml = xml, Now = time.GetUtcNow() }), CancellationToken.None);
}
