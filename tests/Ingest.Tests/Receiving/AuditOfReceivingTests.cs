using System.Xml.Linq;
using EchoClr.Dicom;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.Receiving;

public sealed class AuditOfReceivingTests
{
    [Fact]
    public async Task Association_ThatBroughtTwoStudies_IsTwoMessages_EachWithItsPatientAndCounts()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        await ingest.StoreAsync(association, Arrival.Cine(study: "1.2.3", instance: "1.1"));
        await ingest.StoreAsync(association, Arrival.Cine(study: "1.2.3", instance: "1.2"));
        await ingest.StoreAsync(association, Arrival.Cine(study: "1.2.4", instance: "1.3").Set(DicomTags.PatientID, "P2"));
        await ingest.EndAsync(association);

        var messages = (await ingest.Audit.ListAsync(DateTimeOffset.UnixEpoch, 10, default)).Select(row => XElement.Parse(row.Message)).ToList();
        Assert.All(messages, message => Assert.Equal("110104", message.Element("EventIdentification")!.Element("EventID")!.Attribute("csd-code")!.Value));
        Assert.Equal([("1.2.3", "2", "P1"), ("1.2.4", "1", "P2")], messages.Select(message => (
            message.Elements("ParticipantObjectIdentification").First().Attribute("ParticipantObjectID")!.Value,
            message.Descendants("SOPClass").Single().Attribute("NumberOfInstances")!.Value,
            message.Elements("ParticipantObjectIdentification").Last().Attribute("ParticipantObjectID")!.Value)));
    }

    /// <summary>A listener that dies tells nobody; its next life does.</summary>
    [Fact]
    public async Task AssociationThatADeathLeftOpen_IsToldAtTheNextStart_Once()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        var associations = new AssociationStore(ingest.Test.Database);
        Assert.Equal(1, await associations.EndAllAsync(ingest.Handler.Listener, ingest.Time.GetUtcNow(), default));
        Assert.Equal(0, await associations.EndAllAsync(ingest.Handler.Listener, ingest.Time.GetUtcNow(), default));
        var row = Assert.Single(await ingest.Audit.ListAsync(DateTimeOffset.UnixEpoch, 10, default));
        Assert.Contains("the listener was restarted", row.Message, StringComparison.Ordinal);
    }
}
