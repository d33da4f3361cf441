using System.Xml.Linq;

namespace EchoClr.Shared.Audit;

/// <summary>A message of the trail in a line: what happened, who asked for it, and what was used.</summary>
/// <param name="Event">The event's type in the standard's words, or the event where it has none.</param>
/// <param name="What">Studies, pages, models; and why it failed or what was decided.</param>
public sealed record AuditLine(long Id, DateTimeOffset OccurredAt, string Event, bool Succeeded, string Who, string What)
{
    public static AuditLine Of(AuditRow row)
    {
        var message = XElement.Parse(row.Message);
        var what = message.Element("EventIdentification")!;
        var name = (what.Element("EventTypeCode") ?? what.Element("EventID")!).Attribute("originalText")!.Value;
        var requestor = message.Elements("ActiveParticipant").FirstOrDefault(participant => participant.Attribute("UserIsRequestor")!.Value == "true") ?? message.Element("ActiveParticipant")!;
        var objects = message.Elements("ParticipantObjectIdentification").Select(item => item.Attribute("ParticipantObjectID")!.Value);
        return new AuditLine(
            row.Id, row.OccurredAt, name, what.Attribute("EventOutcomeIndicator")!.Value == "0", requestor.Attribute("UserID")!.Value,
            string.Join("; ", objects.Append(what.Element("EventOutcomeDescription")?.Value).Where(text => !string.IsNullOrEmpty(text))));
    }
}
