using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace EchoClr.Shared.Audit;

/// <summary>The XML of an audit message (PS3.15 A.5.1, DICOM Audit Message Schema).</summary>
internal static class AuditXml
{
    private const string Person = "1";       // ParticipantObjectTypeCode, and the role Patient
    private const string SystemObject = "2"; // ParticipantObjectTypeCode
    private const string Report = "3";       // ParticipantObjectTypeCodeRole
    private const string ApplicationServer = "4"; // AuditSourceTypeCode

    public static string Write(AuditMessage message, IReadOnlyList<AuditedPatient> patients, DateTimeOffset now)
    {
        var root = new XElement("AuditMessage",
            Event(message, now),
            message.Participants.Select(Participant),
            new XElement("AuditSourceIdentification", new XAttribute("AuditSourceID", $"EchoClr@{Environment.MachineName}"),
                new XElement("AuditSourceTypeCode", new XAttribute("csd-code", ApplicationServer))),
            message.Studies.Select(study => Study(study, patients)),
            patients.DistinctBy(patient => (patient.PatientId, patient.PatientName)).Select(Patient),
            message.Objects.Select(Object));
        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static XElement Event(AuditMessage message, DateTimeOffset now) => new("EventIdentification",
        new XAttribute("EventActionCode", message.Action.ToString()[..1]),
        new XAttribute("EventDateTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        new XAttribute("EventOutcomeIndicator", (int)message.Outcome),
        Code("EventID", message.Event),
        message.EventType is null ? null : Code("EventTypeCode", message.EventType),
        message.OutcomeDescription is null ? null : new XElement("EventOutcomeDescription", Printable(message.OutcomeDescription)));

    private static XElement Participant(AuditParticipant participant) => new("ActiveParticipant",
        new XAttribute("UserID", Printable(participant.UserId)),
        participant.AlternativeUserId is null ? null : new XAttribute("AlternativeUserID", Printable(participant.AlternativeUserId)),
        new XAttribute("UserIsRequestor", participant.IsRequestor),
        participant.Address is null ? null : new XAttribute("NetworkAccessPointID", Printable(participant.Address)),
        participant.Address is null ? null : new XAttribute("NetworkAccessPointTypeCode", IPAddress.TryParse(participant.Address, out _) ? "2" : "1"),
        participant.Role is null ? null : Code("RoleIDCode", participant.Role));

    private static XElement Study(AuditedStudy study, IReadOnlyList<AuditedPatient> patients) => ObjectElement(
        study.StudyInstanceUid, SystemObject, Report, AuditCode.StudyInstanceUid, new XElement("ParticipantObjectName", Printable(study.StudyInstanceUid)),
        new XElement("ParticipantObjectDescription",
            patients.Where(patient => patient.StudyInstanceUid == study.StudyInstanceUid && patient.AccessionNumber is not null)
                .Select(patient => new XElement("Accession", new XAttribute("Number", Printable(patient.AccessionNumber!)))),
            study.Instances.Select(instances => new XElement("SOPClass", new XAttribute("UID", Printable(instances.SopClassUid)), new XAttribute("NumberOfInstances", instances.Count)))));

    private static XElement Patient(AuditedPatient patient) => ObjectElement(
        patient.PatientId ?? "", Person, Person, AuditCode.PatientNumber, new XElement("ParticipantObjectName", Printable(patient.PatientName ?? "")));

    private static XElement Object(AuditedObject item) => ObjectElement(
        item.Id, SystemObject, item.Role, item.IdType,
        item.Query is null ? new XElement("ParticipantObjectName", Printable(item.Name)) : new XElement("ParticipantObjectQuery", Convert.ToBase64String(item.Query)),
        item.Details?.Select(detail => new XElement("ParticipantObjectDetail",
            new XAttribute("type", detail.Key), new XAttribute("value", Convert.ToBase64String(Encoding.UTF8.GetBytes(detail.Value))))));

    private static XElement ObjectElement(string id, string type, string role, AuditCode idType, XElement nameOrQuery, object? further = null) => new("ParticipantObjectIdentification",
        new XAttribute("ParticipantObjectID", Printable(id)), new XAttribute("ParticipantObjectTypeCode", type), new XAttribute("ParticipantObjectTypeCodeRole", role),
        Code("ParticipantObjectIDTypeCode", idType), nameOrQuery, further);

    private static XElement Code(string element, AuditCode code) => new(element,
        new XAttribute("csd-code", code.Code), new XAttribute("codeSystemName", code.System), new XAttribute("originalText", code.Meaning));

    /// <summary>Peers' texts may hold what XML 1.0 cannot (control characters, half a surrogate pair): each becomes U+FFFD, so that no header keeps an event from being recorded.</summary>
    private static string Printable(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                clean.Append(text[i]).Append(text[++i]);
            else
                clean.Append(XmlConvert.IsXmlChar(text[i]) && !char.IsSurrogate(text[i]) ? text[i] : '\uFFFD');
        }
        return clean.ToString();
    }
}
