using System.Text.Json;
using System.Text.Json.Nodes;
using EchoClr.Dicom;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Signals.Fhir;

/// <summary>
/// Writes a signal as a FHIR R4 transaction: one DiagnosticReport a study and one Observation a question, put by their identifiers, so that a repetition changes nothing and a later word
/// takes the place of the earlier one. Patient, order and study are named by their identifiers alone.
/// </summary>
internal static class ReportBundle
{
    private const string DicomUids = "urn:dicom:uid";
    private const string Terminology = "http://terminology.hl7.org/CodeSystem/";

    public static byte[] Build(Signal signal) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["resourceType"] = "Bundle",
        ["type"] = "transaction",
        ["timestamp"] = Instant(signal.CreatedAt),
        ["entry"] = new JsonArray([Entry(Report(signal), ReportUids.ReportSeries(signal.StudyInstanceUid)), .. Question.All.Select(question => Entry(Observation(signal, question), Tracking(signal, question)))]),
    });

    private static JsonObject Report(Signal signal) => WithoutNulls(new JsonObject
    {
        ["resourceType"] = "DiagnosticReport",
        ["meta"] = Meta(signal),
        // Of the study's reports together, then of this one.
        ["identifier"] = new JsonArray(UidIdentifier(ReportUids.ReportSeries(signal.StudyInstanceUid)), UidIdentifier(signal.ReportUid)),
        ["basedOn"] = Orders(signal.Report),
        ["status"] = Status(signal),
        ["category"] = new JsonArray(Concept(Coding(Terminology + "v2-0074", "CUS", "Cardiac Ultrasound"))),
        ["code"] = Concept(Coding("http://loinc.org", Concepts.DiagnosticImagingReport.Value, null), "Echocardiography findings of a machine, not verified"),
        ["subject"] = Subject(signal.Report),
        ["effectiveDateTime"] = DateAndTime(signal.Report, DicomTags.StudyDate, DicomTags.StudyTime),
        ["issued"] = Instant(signal.CreatedAt),
        ["result"] = new JsonArray([.. Question.All.Select(question => new JsonObject { ["reference"] = Urn(Tracking(signal, question)) })]),
        ["imagingStudy"] = new JsonArray(Reference("ImagingStudy", UidIdentifier(signal.StudyInstanceUid))),
        ["conclusion"] = signal.Text,
    });

    private static JsonObject Observation(Signal signal, Question question)
    {
        var finding = signal.Answer(question);
        var answered = finding is not null && signal.Kind == SignalKind.Findings;
        return WithoutNulls(new JsonObject
        {
            ["resourceType"] = "Observation",
            ["meta"] = Meta(signal),
            ["identifier"] = new JsonArray(UidIdentifier(Tracking(signal, question))),
            ["partOf"] = new JsonArray(Reference("ImagingStudy", UidIdentifier(signal.StudyInstanceUid))),
            // Never more than preliminary: nobody has verified it.
            ["status"] = answered ? "preliminary" : "cancelled",
            ["category"] = new JsonArray(Concept(Coding(Terminology + "observation-category", "imaging", "Imaging"))),
            ["code"] = Concept(Coding(question.Asked)),
            ["subject"] = Subject(signal.Report),
            ["effectiveDateTime"] = DateAndTime(signal.Report, DicomTags.StudyDate, DicomTags.StudyTime),
            ["issued"] = Instant(signal.CreatedAt),
            ["valueCodeableConcept"] = answered ? Concept(Coding(Signal.Present(finding!) ? Concepts.Present : Concepts.Absent)) : null,
            ["dataAbsentReason"] = answered ? null : Concept(Coding(Terminology + "data-absent-reason", finding is null ? "not-performed" : "error", null)),
            ["interpretation"] = answered && signal.Alerts(finding!) ? new JsonArray(Concept(Coding(Terminology + "v3-ObservationInterpretation", "A", "Abnormal"))) : null,
            ["bodySite"] = Concept(Coding(question.Site)),
            ["device"] = finding is null ? null : Device(finding.Model),
            ["component"] = answered ? new JsonArray(Probability(finding!)) : null,
        });
    }

    private static JsonObject Probability(FindingDetails finding) => new()
    {
        ["code"] = Concept(Coding(Concepts.Probability)),
        ["valueQuantity"] = Percent(finding.Percent),
        ["referenceRange"] = new JsonArray(new JsonObject { ["high"] = Percent(finding.ThresholdPercent), ["text"] = "at or above it the finding is present" }),
    };

    /// <summary>A study without numbers is "cancelled" in R4 ("the measurement was not started or not completed"); so is a withdrawn one, since what was done with it was done.</summary>
    private static string Status(Signal signal) => signal switch
    {
        { Kind: not SignalKind.Findings } => "cancelled",
        { Supersedes: true } => "amended",
        _ => "preliminary",
    };

    /// <summary>Marked as test data where a model was trained on phantoms.</summary>
    private static JsonObject? Meta(Signal signal) => signal.Synthetic
        ? new JsonObject { ["security"] = new JsonArray(Coding(Terminology + "v3-ActReason", "HTEST", "test health data")) }
        : null;

    private static JsonObject Device(ModelIdentity model)
    {
        var device = Reference("Device", UidIdentifier(model.DeviceUid));
        device["display"] = $"{model.Name} {model.Version}";
        return device;
    }

    private static JsonObject? Subject(DicomDataset report)
    {
        if (report.GetString(DicomTags.PatientID) is not { Length: > 0 } id)
            return null;
        var identifier = new JsonObject { ["value"] = id };
        if (report.GetSequence(DicomTags.IssuerOfPatientIDQualifiersSequence) is [var issuer, ..] && issuer.GetString(DicomTags.UniversalEntityIDType) == "ISO" && issuer.GetString(DicomTags.UniversalEntityID) is { } oid)
            identifier["system"] = Urn(oid);
        if (report.GetString(DicomTags.IssuerOfPatientID) is { Length: > 0 } name)
            identifier["assigner"] = new JsonObject { ["display"] = name };
        return Reference("Patient", identifier);
    }

    private static JsonArray? Orders(DicomDataset report)
    {
        if (report.GetString(DicomTags.AccessionNumber) is not { Length: > 0 } accession)
            return null;
        var type = Concept(Coding(Terminology + "v2-0203", "ACSN", "Accession ID"));
        return new JsonArray(Reference("ServiceRequest", new JsonObject { ["type"] = type, ["value"] = accession }));
    }

    private static JsonObject Entry(JsonObject resource, string uid) => new()
    {
        ["fullUrl"] = Urn(uid),
        ["resource"] = resource,
        ["request"] = new JsonObject { ["method"] = "PUT", ["url"] = $"{resource["resourceType"]}?identifier={DicomUids}%7C{Urn(uid)}" },
    };

    private static string Tracking(Signal signal, Question question) => ReportUids.Tracking(signal.StudyInstanceUid, question);

    private static string Urn(string uid) => "urn:oid:" + uid;

    private static JsonObject UidIdentifier(string uid) => new() { ["system"] = DicomUids, ["value"] = Urn(uid) };

    private static JsonObject Reference(string type, JsonObject identifier) => new() { ["type"] = type, ["identifier"] = identifier };

    private static JsonObject Percent(double percent) =>
        new() { ["value"] = Math.Round((decimal)percent, 1), ["unit"] = "%", ["system"] = "http://unitsofmeasure.org", ["code"] = "%" };

    private static JsonObject Concept(JsonObject coding, string? text = null) => WithoutNulls(new JsonObject { ["coding"] = new JsonArray(coding), ["text"] = text });

    private static JsonObject Coding(Concept concept) => Coding(concept.Scheme switch
    {
        "SCT" => "http://snomed.info/sct",
        "DCM" => "http://dicom.nema.org/resources/ontology/DCM",
        _ => Urn(ReportUids.CodingScheme), // our own
    }, concept.Value, concept.Meaning);

    private static JsonObject Coding(string system, string code, string? display) => WithoutNulls(new JsonObject { ["system"] = system, ["code"] = code, ["display"] = display });

    private static string Instant(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    /// <summary>DA and TM as a FHIR dateTime: with a time it must have seconds and a zone. Null where the date is none.</summary>
    private static string? DateAndTime(DicomDataset report, DicomTag date, DicomTag time)
    {
        var text = Hl7.Hl7Text.Time(report.GetString(date), report.GetString(time), null);
        if (text.Length == 0)
            return null;
        var day = $"{text[..4]}-{text[4..6]}-{text[6..8]}";
        var offset = report.GetString(DicomTags.TimezoneOffsetFromUTC) is { Length: 5 } zone ? $"{zone[..3]}:{zone[3..]}" : "Z";
        return text.Length == 8 ? day : $"{day}T{text[8..10]}:{text[10..12]}:{(text.Length > 12 ? text[12..14] : "00")}{offset}";
    }

    /// <summary>FHIR has no nulls.</summary>
    private static JsonObject WithoutNulls(JsonObject value)
    {
        foreach (var name in value.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList())
            value.Remove(name);
        return value;
    }
}
