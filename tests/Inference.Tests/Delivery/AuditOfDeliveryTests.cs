using System.Xml.Linq;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Audit;

namespace EchoClr.Inference.Tests.Delivery;

public class AuditOfDeliveryTests
{
    private const string Begin = "110102";
    private const string Transferred = "110104";

    [Fact]
    public async Task Sending_IsToldAtItsBeginning_AndAtItsEnd_WithPatientAndObjects()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);

        var told = await SendingsAsync(world);
        Assert.Equal([(Begin, "0"), (Transferred, "0")], told.Select(Kind));
        Assert.All(told, message => Assert.Equal(delivery.StudyInstanceUid, message.Elements("ParticipantObjectIdentification").First().Attribute("ParticipantObjectID")!.Value));
        Assert.Equal(3, told[1].Descendants("SOPClass").Sum(item => int.Parse(item.Attribute("NumberOfInstances")!.Value)));
        Assert.Equal(["ECHOCLR", "PACS"], told[1].Elements("ActiveParticipant").Select(item => item.Attribute("UserID")!.Value));
    }

    [Fact]
    public async Task PacsAwayForManyAttempts_IsToldAtTheFirstAndTheLast()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Delivery.MaxAttempts = 4);
        var delivery = await world.WriteReportAsync();
        world.Pacs.Away = "connection refused";
        for (var i = 0; i < 6; i++)
        {
            await world.AdvanceAsync(delivery);
            world.Time.Advance(world.Options.Delivery.MaxDelay);
        }
        Assert.Equal([(Begin, "0"), (Transferred, "4"), (Transferred, "4")], (await SendingsAsync(world)).Select(Kind));
    }

    private static (string, string) Kind(XElement message) => (
        message.Element("EventIdentification")!.Element("EventID")!.Attribute("csd-code")!.Value, message.Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value);

    /// <summary>The messages whose requestor we are: what the test's own receiving told is left out.</summary>
    private static async Task<List<XElement>> SendingsAsync(InferenceWorld world) =>
        [.. (await world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, CancellationToken.None)).Where(row => row.Event is Begin or Transferred).Select(row => XElement.Parse(row.Message))
            .Where(message => message.Elements("ActiveParticipant").Any(participant => participant.Attribute("UserID")!.Value == "ECHOCLR" && participant.Attribute("UserIsRequestor")!.Value == "true"))];
}
