using System.Text;
using EchoClr.Dicom;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using static EchoClr.Inference.Signals.Hl7.Hl7Text;

namespace EchoClr.Inference.Signals.Hl7;

/// <summary>
/// Writes a signal as ORU^R01 of HL7 v2.5.1 (7.3.1). OBR-25 is R, "results stored; not yet verified" (Table 0123), whatever is said: with P or F receivers take what a machine found for
/// verified. OBR-32 stays empty, because no person has interpreted.
/// </summary>
internal static class OruMessage
{
    private const string ResultsStoredNotVerified = "R";

    /// <summary>Table 0085: not verified; cannot be obtained; wrong as sent.</summary>
    private const string NotVerified = "R", NotObtained = "X", Wrong = "W";

    /// <summary>The bytes between the block's begin and end.</summary>
    public static byte[] Build(Signal signal, Hl7TargetOptions target)
    {
        List<string> segments = [Header(signal, target), .. Patient(signal.Report), .. Order(signal.Report)];
        segments.AddRange(Observations(signal).Select((fields, index) => Segment("OBX", [(1, (index + 1).ToString()), .. fields])));
        return (target.CharacterSet == Hl7CharacterSet.Utf8 ? Encoding.UTF8 : Encoding.Latin1).GetBytes(string.Concat(segments.Select(segment => segment + "\r")));
    }

    private static string Header(Signal signal, Hl7TargetOptions target) => @"MSH|^~\&" + Segment("",
    [
        (2, Escape(target.SendingApplication)), (3, Escape(target.SendingFacility)), (4, Escape(target.ReceivingApplication)), (5, Escape(target.ReceivingFacility)),
        (6, Time(signal.CreatedAt)), (8, "ORU^R01^ORU_R01"), (9, signal.ControlId),
        (10, signal.Synthetic ? "T" : "P"), // Table 0103: training, production
        (11, "2.5.1"), (17, target.CharacterSet == Hl7CharacterSet.Utf8 ? "UNICODE UTF-8" : "8859/1"),
    ])[1..];

    private static IEnumerable<string> Patient(DicomDataset report)
    {
        var issuer = report.GetSequence(DicomTags.IssuerOfPatientIDQualifiersSequence) is [var item, ..] ? item : new DicomDataset();
        // HD within CX: its parts are subcomponents.
        var authority = string.Join('&', Escape(report.GetString(DicomTags.IssuerOfPatientID)), Escape(issuer.GetString(DicomTags.UniversalEntityID)), Escape(issuer.GetString(DicomTags.UniversalEntityIDType)))
            .TrimEnd('&');
        yield return Segment("PID",
        [
            (1, "1"),
            (3, authority.Length == 0 ? Escape(report.GetString(DicomTags.PatientID)) : $"{Escape(report.GetString(DicomTags.PatientID))}^^^{authority}"),
            (5, PersonName(report.GetString(DicomTags.PatientName))), (7, Time(report.GetString(DicomTags.PatientBirthDate), null, null)), (8, Escape(report.GetString(DicomTags.PatientSex))),
        ]);
        yield return Segment("PV1", [(1, "1"), (2, "U"), (8, PersonIdentified(report.GetString(DicomTags.ReferringPhysicianName)))]); // Table 0004: unknown
    }

    private static IEnumerable<string> Order(DicomDataset report)
    {
        var request = report.GetSequence(DicomTags.ReferencedRequestSequence) is [var item, ..] ? item : new DicomDataset();
        var accession = Escape(report.GetString(DicomTags.AccessionNumber));
        var placer = Escape(request.GetString(DicomTags.PlacerOrderNumberImagingServiceRequest));
        var filler = Escape(request.GetString(DicomTags.FillerOrderNumberImagingServiceRequest));
        // One of the two must name the order; where the study carries neither, its accession number does.
        if (placer.Length == 0 && filler.Length == 0)
            filler = accession;
        var physician = PersonIdentified(report.GetString(DicomTags.ReferringPhysicianName));
        yield return Segment("ORC", [(1, "RE"), (2, placer), (3, filler), (12, physician)]); // Table 0119: observations to follow
        yield return Segment("OBR",
        [
            (1, "1"), (2, placer), (3, filler), (4, Code(report.GetSequence(DicomTags.PerformedProcedureCodeSequence))), (7, StudyTime(report)), (16, physician), (18, accession),
            (19, Escape(request.GetString(DicomTags.RequestedProcedureID))), (22, AnalysisTime(report)), (24, "CUS"), // Table 0074: cardiac ultrasound
            (25, ResultsStoredNotVerified),
        ]);
    }

    private static IEnumerable<(int, string)[]> Observations(Signal signal)
    {
        var withdrawn = signal.Kind == SignalKind.Withdrawal;
        yield return Observation(signal, "HD", "^Study Instance UID", "", signal.StudyInstanceUid, NotVerified);
        yield return Observation(signal, "HD", "^SR Instance UID", "", signal.ReportUid, withdrawn ? Wrong : NotVerified);
        foreach (var question in Question.All)
        {
            var name = Components(question.Asked.Value, question.Asked.Meaning, question.Asked.Scheme);
            if (signal.Answer(question) is not { } finding)
            {
                // Said, because an earlier message may have had an answer.
                yield return Observation(signal, "NM", name, question.Key + "-PROBABILITY", "", NotObtained);
                yield return Observation(signal, "CWE", name, question.Key, "", NotObtained);
                continue;
            }
            var status = withdrawn ? Wrong : NotVerified;
            var abnormal = signal.Alerts(finding) && !withdrawn ? "A" : "";
            var device = Components($"{finding.Model.Name} {finding.Model.Version}", null, finding.Model.DeviceUid, "ISO");
            (int, string)[] equipment = [(18, device), (19, AnalysisTime(signal.Report))];
            yield return
            [
                .. Observation(signal, "NM", name, question.Key + "-PROBABILITY", withdrawn ? "" : ContentItem.FormatPercent(finding.Percent), status),
                (6, Components(Concepts.Percent.Value, Concepts.Percent.Meaning, Concepts.Percent.Scheme)), (7, "<" + ContentItem.FormatPercent(finding.ThresholdPercent)), (8, abnormal), .. equipment,
            ];
            var answer = Signal.Present(finding) ? Concepts.Present : Concepts.Absent;
            yield return
            [
                .. Observation(signal, "CWE", name, question.Key, withdrawn ? "" : Components(answer.Value, answer.Meaning, answer.Scheme), status), (8, abnormal), .. equipment,
            ];
        }
        yield return Observation(signal, "TX", "^SR Text", "", Escape(signal.Text), NotVerified);
    }

    /// <param name="subId">Tells observations of one name apart, and stays the same in later messages, so that these replace what earlier ones said.</param>
    private static (int, string)[] Observation(Signal signal, string type, string name, string subId, string value, string status) =>
        [(2, type), (3, name), (4, subId), (5, value), (11, status), (14, StudyTime(signal.Report))];

    private static string Code(IReadOnlyList<DicomDataset> sequence) => sequence is [var code, ..]
        ? Components(code.GetString(DicomTags.CodeValue), code.GetString(DicomTags.CodeMeaning), code.GetString(DicomTags.CodingSchemeDesignator))
        : "";

    private static string StudyTime(DicomDataset report) =>
        Time(report.GetString(DicomTags.StudyDate), report.GetString(DicomTags.StudyTime), report.GetString(DicomTags.TimezoneOffsetFromUTC));

    private static string AnalysisTime(DicomDataset report) =>
        Time(report.GetString(DicomTags.ContentDate), report.GetString(DicomTags.ContentTime), report.GetString(DicomTags.TimezoneOffsetFromUTC));

    /// <summary>Fields by their positions; what lies between stays empty.</summary>
    private static string Segment(string name, (int Position, string Value)[] fields)
    {
        var all = new string[fields.Max(field => field.Position) + 1];
        Array.Fill(all, "");
        all[0] = name;
        foreach (var (position, value) in fields)
            all[position] = value;
        return string.Join('|', all);
    }
}
