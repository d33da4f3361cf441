using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Silence;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.Silence;

public sealed class SilenceWatchTests
{
    private static readonly DateTimeOffset FirstMonday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Silence_IsWarnedOf_AndTheNextObjectTakesTheWarningBack()
    {
        await using var test = await TestDatabase.CreateAsync();
        await SendForWeeksAsync(test, 4);
        var time = new ManualTime(FirstMonday.AddDays(28).AddHours(7.5)); // the fifth Monday, before work
        var (watch, health) = (Watch(test, time), new HealthStore(test.Database));
        Assert.Empty(await watch.RunOnceAsync(default));

        time.Advance(TimeSpan.FromHours(4.5));
        Assert.Equal(["CART"], await watch.RunOnceAsync(default));
        Assert.Equal(["CART"], await watch.RunOnceAsync(default));
        var warning = Assert.Single(await health.ListAsync(default));
        Assert.Equal(("sender CART", time.GetUtcNow()), (warning.Subject, warning.RaisedAt));
        Assert.Contains("no object since 2026-01-30 16:01 UTC", warning.Detail, StringComparison.Ordinal);

        await SendAsync(test, time.GetUtcNow());
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await watch.RunOnceAsync(default));
        Assert.Empty(await health.ListAsync(default));
    }

    /// <summary>Who could not send while we were down is given a busy hour to try again.</summary>
    [Fact]
    public async Task AfterOurOwnStart_SendersAreGivenTime()
    {
        await using var test = await TestDatabase.CreateAsync();
        await SendForWeeksAsync(test, 4);
        var time = new ManualTime(FirstMonday.AddDays(28).AddHours(13)); // we come up at one o'clock
        var watch = Watch(test, time);
        Assert.Empty(await watch.RunOnceAsync(default));
        time.Advance(TimeSpan.FromMinutes(90));
        Assert.Equal(["CART"], await watch.RunOnceAsync(default));
    }

    [Fact]
    public async Task SenderThatIsNoLongerListed_IsNotWarnedOf()
    {
        await using var test = await TestDatabase.CreateAsync();
        var health = new HealthStore(test.Database);
        await health.RaiseAsync("sender OLD", "silent", FirstMonday, default);
        await health.RaiseAsync("receiving", "disk", FirstMonday, default);
        await Watch(test, new ManualTime(FirstMonday)).RunOnceAsync(default);
        Assert.Equal("receiving", Assert.Single(await health.ListAsync(default)).Subject);
    }

    /// <summary>Some senders keep one association open for days.</summary>
    [Fact]
    public async Task ObjectsOnAnAssociationThatIsStillOpen_AreArrivals()
    {
        await using var test = await TestDatabase.CreateAsync();
        var association = Rows.Association("long") with { CallingAeTitle = "CART", StartedAt = FirstMonday.AddDays(-5) };
        await test.ReceiveAsync(Rows.Instance("A", "A 1", at: FirstMonday, association: association), association);
        Assert.Equal([FirstMonday], await new AssociationStore(test.Database).ListArrivalsAsync("CART", FirstMonday.AddDays(-1), default));
    }

    private static SilenceWatch Watch(TestDatabase test, ManualTime time)
    {
        var listener = new ListenerOptions();
        listener.Senders.Add(new SenderOptions { AeTitle = "CART", Address = "10.0.0.1" });
        listener.Senders.Add(new SenderOptions { AeTitle = "NEW", Address = "10.0.0.2" });
        var options = new SilenceOptions { TimeZone = "UTC" };
        return new SilenceWatch(new SenderHealth(new AssociationStore(test.Database), listener, options), new HealthStore(test.Database), options, time, NullLogger<SilenceWatch>.Instance);
    }

    /// <summary>Every hour from 8 to 16 on working days.</summary>
    private static async Task SendForWeeksAsync(TestDatabase test, int weeks)
    {
        for (var day = 0; day < 7 * weeks; day++)
            for (var hour = 8; hour <= 16 && day % 7 < 5; hour++)
                await SendAsync(test, FirstMonday.AddDays(day).AddHours(hour));
    }

    private static Task SendAsync(TestDatabase test, DateTimeOffset at) => test.Database.WriteAsync(session => AssociationStore.RecordEndedAsync(
        session, Rows.Association($"{at:O}") with { CallingAeTitle = "CART", StartedAt = at }, "Released", "released by the peer", 5, at.AddMinutes(1)), default);
}
