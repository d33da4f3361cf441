using System.Data.Common;
using System.Xml.Linq;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Audit;

public sealed class AuditTrailTests
{
    private static readonly AuditParticipant Reader = new("reader", IsRequestor: true);

    [Theory, EachDatabase]
    public async Task RecordAsync_StudyViewed_NamesStudyPatientAndReader(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.ReceiveAsync(Rows.Instance("A", "A 1"));
        var trail = new AuditTrail(test.Database, new ManualTime(Rows.Noon));
        await trail.RecordAsync(AuditEvents.StudyViewed(Reader, Rows.Uid("study A")), default);

        var row = Assert.Single(await trail.ListAsync(Rows.Noon, 10, default));
        var message = XElement.Parse(row.Message);
        Assert.Equal(("110103", Rows.Noon), (row.Event, row.OccurredAt));
        Assert.Equal("reader", message.Element("ActiveParticipant")!.Attribute("UserID")!.Value);
        Assert.Equal([Rows.Uid("study A"), "P-A"], message.Elements("ParticipantObjectIdentification").Select(item => item.Attribute("ParticipantObjectID")!.Value));
        Assert.Equal("Test^A", message.Elements("ParticipantObjectIdentification").Last().Element("ParticipantObjectName")!.Value);
    }

    [Theory, EachDatabase]
    public async Task RecordAsync_InTheCallersTransactionThatFails_LeavesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var trail = new AuditTrail(test.Database, new ManualTime());
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Database.WriteAsync(async session =>
        {
            await AuditTrail.RecordAsync(session, AuditEvents.AuditLogUsed(), Rows.Noon);
            throw new InvalidOperationException("the work failed");
        }, default));
        Assert.Empty(await trail.ListAsync(DateTimeOffset.UnixEpoch, 10, default));
        Assert.Equal(new AuditVerdict(0, AuditTrail.Beginning, null), await trail.VerifyAsync(null, default));
    }

    [Theory, EachDatabase]
    public async Task RecordAsync_SixteenWritersAtOnce_MakeOneWholeChain(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var trail = new AuditTrail(test.Database, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => trail.RecordAsync(AuditEvents.AuditLogUsed(), default))));
        var verdict = await trail.VerifyAsync(null, default);
        Assert.Equal((16, null), (verdict.Messages, verdict.Fault));
    }

    [Theory, EachDatabase]
    public async Task Tables_RefuseUpdateAndDelete(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var trail = new AuditTrail(test.Database, new ManualTime());
        await trail.RecordAsync(AuditEvents.AuditLogUsed(), default);
        foreach (var sql in (string[])["UPDATE audit_message SET message = '<AuditMessage/>'", "DELETE FROM audit_message", "UPDATE audit_head SET last_id = 0", "DELETE FROM audit_head"])
            await Assert.ThrowsAnyAsync<DbException>(() => test.Database.WriteAsync(session => session.ExecuteAsync(sql), default));
        Assert.Null((await trail.VerifyAsync(null, default)).Fault);
    }

    [Fact]
    public async Task Sqlite_RefusesInsertOrReplace()
    {
        await using var test = await TestDatabase.CreateAsync();
        var trail = new AuditTrail(test.Database, new ManualTime());
        await trail.RecordAsync(AuditEvents.AuditLogUsed(), default);
        await Assert.ThrowsAnyAsync<DbException>(() => test.Database.WriteAsync(session => session.ExecuteAsync(
            "INSERT OR REPLACE INTO audit_message (id, occurred_at, event, message, previous_sha256, sha256) SELECT id, occurred_at, event, 'other', previous_sha256, sha256 FROM audit_message"), default));
    }

    [Theory]
    [InlineData("UPDATE audit_message SET message = replace(message, '3 times', '1 times') WHERE id = 2", "message 2 is not what was written")]
    [InlineData("UPDATE audit_message SET occurred_at = '2020-01-01T00:00:00.000Z' WHERE id = 3", "message 3 is not what was written")]
    [InlineData("DELETE FROM audit_message WHERE id = 2", "message 2 is missing")]
    [InlineData("DELETE FROM audit_message WHERE id = 3", "3 messages were written, 2 are there")]
    public async Task VerifyAsync_RowsChangedPastTheTriggers_SaysWhere(string tampering, string fault)
    {
        await using var test = await TestDatabase.CreateAsync();
        var trail = new AuditTrail(test.Database, new ManualTime(Rows.Noon));
        for (var i = 1; i <= 3; i++)
            await trail.RecordAsync(AuditEvents.Rejected("STRANGER", "10.0.0.9", "ECHOCLR", "calling AE title not recognized", 3), default);
        await WithoutTriggersAsync(test, tampering);
        Assert.Equal(fault, (await trail.VerifyAsync(null, default)).Fault);
    }

    /// <summary>Whoever owns the file can make a new chain; the hash that was noted elsewhere is not in it.</summary>
    [Fact]
    public async Task VerifyAsync_ChainMadeAnew_LacksTheNotedHash()
    {
        await using var test = await TestDatabase.CreateAsync();
        var trail = new AuditTrail(test.Database, new ManualTime(Rows.Noon));
        await trail.RecordAsync(AuditEvents.StudyViewed(Reader, "1.2.3"), default);
        var noted = (await trail.VerifyAsync(null, default)).Sha256;
        await trail.RecordAsync(AuditEvents.AuditLogUsed(), default);
        Assert.Null((await trail.VerifyAsync(noted, default)).Fault);

        await WithoutTriggersAsync(test, "DELETE FROM audit_message; UPDATE audit_head SET last_id = 0");
        await trail.RecordAsync(AuditEvents.AuditLogUsed(), default);
        Assert.Null((await trail.VerifyAsync(null, default)).Fault);
        Assert.Equal("the noted hash is not in the chain", (await trail.VerifyAsync(noted, default)).Fault);
    }

    [Fact]
    public async Task EveryEvent_IsValidByTheSchemaOfTheStandard()
    {
        await using var test = await TestDatabase.CreateAsync();
        await test.ReceiveAsync(Rows.Instance("A", "A 1") with { PatientName = "Zero\u0001^<&>\ud83d^😀", AccessionNumber = "A\u001b1" });
        var study = new AuditedStudy(Rows.Uid("study A"), [new AuditedInstances { SopClassUid = "1.2.840.10008.5.1.4.1.1.3.1", Count = 2 }]);
        var (stranger, uid) = ("A\u0000B\r\nC", study.StudyInstanceUid);
        AuditMessage[] events =
        [
            AuditEvents.Application(started: true, "Ingest, Portal"), AuditEvents.AuditLogUsed(), AuditEvents.Received("CART", "10.0.0.1", "ECHOCLR", study, whole: false, "aborted by the peer"),
            AuditEvents.SendingBegins("ECHOCLR", "PACS", "pacs.example", study), AuditEvents.Sent("ECHOCLR", "PACS", "fd00::1", study, "A700H"),
            AuditEvents.Queried("ECHOCLR", "PACS", "10.0.0.2", "1.2.840.10008.5.1.4.1.2.2.1", [0, 1, 2], uid), AuditEvents.WorklistRead(Reader, "/?page=1"),
            AuditEvents.StudyViewed(Reader, uid), AuditEvents.ReportWithdrawn(Reader, uid, "1.2.840.10008.5.1.4.1.1.88.34", "wrong patient"), AuditEvents.Expired(study, "older than 30 days"),
            AuditEvents.ParkedDecided(Reader, "retry", "delivery-1", uid), AuditEvents.DestinationHeld(Reader, "pacs", held: true),
            AuditEvents.ModelChanged(Reader, "promoted", "findings", Rows.Sha256("w")), AuditEvents.Rejected(stranger, "10.0.0.9", stranger, "calling AE title not recognized", 1000),
        ];
        var trail = new AuditTrail(test.Database, new ManualTime(Rows.Noon));
        foreach (var message in events)
            await trail.RecordAsync(message, default);

        using var folder = new TemporaryFolder();
        var files = new List<string>();
        foreach (var row in await trail.ListAsync(DateTimeOffset.UnixEpoch, 100, default))
        {
            files.Add(Path.Combine(folder.Path, $"{row.Id}.xml"));
            await File.WriteAllTextAsync(files[^1], row.Message);
        }
        Assert.Equal(events.Length, files.Count);
        var schema = Path.Combine(AppContext.BaseDirectory, "Audit", "audit-message.rnc");
        var result = await ExternalTool.RunAsync("jing", "jing", ["-c", schema, .. files]);
        Assert.True(result.ExitCode == 0, result.Said);

        // The yardstick measures: the same file with an unknown action is refused.
        await File.WriteAllTextAsync(files[0], (await File.ReadAllTextAsync(files[0])).Replace("EventActionCode=\"E\"", "EventActionCode=\"X\""));
        Assert.NotEqual(0, (await ExternalTool.RunAsync("jing", "jing", "-c", schema, files[0])).ExitCode);
    }

    private static Task<int> WithoutTriggersAsync(TestDatabase test, string sql) => test.Database.WriteAsync(session => session.ExecuteAsync(
        $"""
        DROP TRIGGER audit_message_refuse_update; DROP TRIGGER audit_message_refuse_delete; DROP TRIGGER audit_head_refuse_back; {sql};
        """), default);
}
