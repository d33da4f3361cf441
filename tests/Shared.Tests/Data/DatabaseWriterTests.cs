using System.Data.Common;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

/// <summary>Statements that stay prepared must behave like those that are parsed each time.</summary>
public sealed class DatabaseWriterTests
{
    [Theory, EachDatabase]
    public async Task Write_SameTextAgain_TakesTheNewValues_AndListsOfAnyLength(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, migrate: false);
        await using var writer = new DatabaseWriter(test.Database);
        await writer.WriteAsync(session => session.ExecuteAsync("CREATE TABLE seen (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20))"), default);
        for (var id = 1; id <= 3; id++)
            await writer.WriteAsync(session => session.ExecuteAsync("INSERT INTO seen (id, name) VALUES (@Id, @Name)", new { Id = id, Name = id == 2 ? null : $"n{id}" }), default);

        for (var count = 1; count <= 3; count++)
        {
            var found = await writer.WriteAsync(session => session.QueryAsync<string?>("SELECT name FROM seen WHERE id IN @Ids ORDER BY id", new { Ids = Enumerable.Range(1, count).ToArray() }), default);
            Assert.Equal(((string?[])["n1", null, "n3"])[..count], found);
        }
    }

    [Fact]
    public async Task Write_TableChangedByAnother_IsSeen()
    {
        await using var test = await TestDatabase.CreateAsync(migrate: false);
        await using var writer = new DatabaseWriter(test.Database);
        await writer.WriteAsync(session => session.ExecuteAsync("CREATE TABLE seen (id INTEGER)"), default);
        await writer.WriteAsync(session => session.ExecuteAsync("INSERT INTO seen (id) VALUES (1)"), default);
        await test.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE seen ADD COLUMN name TEXT NOT NULL DEFAULT 'new'"), default);
        await writer.WriteAsync(session => session.ExecuteAsync("INSERT INTO seen (id) VALUES (1)"), default);
        Assert.Equal(["new", "new"], await writer.WriteAsync(session => session.QueryAsync<string>("SELECT name FROM seen"), default));
    }

    [Theory, EachDatabase]
    public async Task Write_Failed_LeavesNothing_AndTheNextIsWritten(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, migrate: false);
        await using var writer = new DatabaseWriter(test.Database);
        await writer.WriteAsync(session => session.ExecuteAsync("CREATE TABLE seen (id INTEGER NOT NULL PRIMARY KEY)"), default);
        await Assert.ThrowsAnyAsync<DbException>(() => writer.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO seen (id) VALUES (@Id)", new { Id = 1 });
            return await session.ExecuteAsync("INSERT INTO nowhere (id) VALUES (@Id)", new { Id = 1 });
        }, default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteAsync<int>(async session =>
        {
            await session.ExecuteAsync("INSERT INTO seen (id) VALUES (@Id)", new { Id = 2 });
            throw new InvalidOperationException();
        }, default));
        await writer.WriteAsync(session => session.ExecuteAsync("INSERT INTO seen (id) VALUES (@Id)", new { Id = 3 }), default);
        Assert.Equal([3], await test.Database.ReadAsync(session => session.QueryAsync<int>("SELECT id FROM seen"), default));
    }
}
