using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>
/// A structured report as text: who and what it is about, then its content tree (PS3.3 C.17.3), a content item a line, indented by depth: relationship, value type, concept name,
/// value. Tolerant: an item that lacks what its value type demands is printed with what it has.
/// </summary>
public static class StructuredReportText
{
    private const int MostCoordinates = 8; // graphic data printed of a region; an ellipse has eight numbers

    public static void Write(TextWriter writer, DicomDataset report)
    {
        WriteHeader(writer, report);
        writer.WriteLine();
        WriteItem(writer, report, relationship: null, depth: 0);
    }

    private static void WriteHeader(TextWriter writer, DicomDataset report)
    {
        writer.WriteLine(PrintableText.OneLine(SopClassName(report.GetString(DicomTags.SOPClassUID) ?? "Structured report")));
        Line("Patient", Join(report, DicomTags.PatientName, DicomTags.PatientID, DicomTags.PatientBirthDate, DicomTags.PatientSex));
        Line("Study", Join(report, DicomTags.StudyDescription, DicomTags.StudyDate, DicomTags.AccessionNumber, DicomTags.StudyInstanceUID));
        Line("Series", Join(report, DicomTags.SeriesDescription, DicomTags.SeriesNumber, DicomTags.SeriesInstanceUID));
        Line("Instance", Join(report, DicomTags.InstanceNumber, DicomTags.SOPInstanceUID));
        Line("Equipment", Join(report, DicomTags.Manufacturer, DicomTags.ManufacturerModelName, DicomTags.SoftwareVersions));
        Line("Completion", Join(report, DicomTags.CompletionFlag, DicomTags.CompletionFlagDescription, DicomTags.PreliminaryFlag));
        Line("Verification", report.GetString(DicomTags.VerificationFlag));
        foreach (var observer in report.GetSequence(DicomTags.VerifyingObserverSequence))
            Line("  verified by", Join(observer, DicomTags.VerifyingObserverName, DicomTags.VerifyingOrganization, DicomTags.VerificationDateTime));
        Line("Content date", Join(report, DicomTags.ContentDate, DicomTags.ContentTime));
        Line("Predecessors", Instances(report, DicomTags.PredecessorDocumentsSequence));
        Line("Evidence", Instances(report, DicomTags.CurrentRequestedProcedureEvidenceSequence));

        void Line(string label, string? text)
        {
            if (!string.IsNullOrEmpty(text))
                writer.WriteLine($"{label,-14}: {PrintableText.OneLine(text)}");
        }
    }

    private static void WriteItem(TextWriter writer, DicomDataset item, string? relationship, int depth)
    {
        var indent = new string(' ', 2 * depth);
        var words = relationship is null ? "" : PrintableText.OneLine(relationship.ToLowerInvariant()) + " ";
        if (item.GetDoubles(DicomTags.ReferencedContentItemIdentifier) is { Count: > 0 } path)
        {
            writer.WriteLine($"{indent}{words}-> item {string.Join('.', path.Select(Number))}");
            return;
        }

        var valueType = PrintableText.OneLine(item.GetString(DicomTags.ValueType) ?? "(no value type)");
        var concept = item.GetSequence(DicomTags.ConceptNameCodeSequence) is [var code, ..] ? " " + Code(code) : "";
        var observed = item.GetString(DicomTags.ObservationDateTime) is { } time && depth > 0 ? $" {{{PrintableText.OneLine(time)}}}" : "";
        WriteIndented(writer, $"{indent}{words}{valueType}{concept}{observed}", Value(item, valueType), indent + "    ");
        foreach (var child in item.GetSequence(DicomTags.ContentSequence))
            WriteItem(writer, child, child.GetString(DicomTags.RelationshipType) ?? "(no relationship)", depth + 1);
    }

    // Text of several lines goes on below, one step deeper than the item's children.
    private static void WriteIndented(TextWriter writer, string start, string value, string indent)
    {
        var lines = PrintableText.Lines(value);
        writer.WriteLine(value.Length == 0 ? start : $"{start} = {lines[0]}");
        foreach (var line in lines.Skip(1))
            writer.WriteLine((indent + line).TrimEnd());
    }

    private static string Value(DicomDataset item, string valueType) => valueType switch
    {
        "TEXT" => Quoted(item, DicomTags.TextValue),
        "CODE" => item.GetSequence(DicomTags.ConceptCodeSequence) is [var code, ..] ? Code(code) : "",
        "NUM" => Measurement(item),
        "PNAME" => Quoted(item, DicomTags.PersonName),
        "DATE" => item.GetString(DicomTags.Date) ?? "",
        "TIME" => item.GetString(DicomTags.Time) ?? "",
        "DATETIME" => item.GetString(DicomTags.DateTime) ?? "",
        "UIDREF" => item.GetString(DicomTags.UID) ?? "",
        "IMAGE" or "COMPOSITE" or "WAVEFORM" => Reference(item),
        "SCOORD" or "SCOORD3D" => Region(item),
        "TCOORD" => TimeRange(item),
        "CONTAINER" => Template(item),
        _ => "",
    };

    private static string Quoted(DicomDataset item, DicomTag tag) => item.GetString(tag) is { } text ? $"\"{text}\"" : "";

    private static string Measurement(DicomDataset item)
    {
        if (item.GetSequence(DicomTags.MeasuredValueSequence) is not [var measured, ..])
            return item.GetSequence(DicomTags.NumericValueQualifierCodeSequence) is [var why, ..] ? $"no value {Code(why)}" : "no value";
        var units = measured.GetSequence(DicomTags.MeasurementUnitsCodeSequence) is [var unit, ..] ? " " + Code(unit) : "";
        return $"{measured.GetString(DicomTags.NumericValue)}{units}";
    }

    private static string Reference(DicomDataset item)
    {
        if (item.GetSequence(DicomTags.ReferencedSOPSequence) is not [var reference, ..])
            return "(no reference)";
        var frames = reference.GetStrings(DicomTags.ReferencedFrameNumber) is { Count: > 0 } numbers ? $" frame {string.Join(',', numbers)}" : "";
        var shownAs = reference.GetSequence(DicomTags.ReferencedSOPSequence) is [var presentation, ..] ? $", shown as {Instance(presentation)}" : "";
        return Instance(reference) + frames + shownAs;
    }

    private static string Instance(DicomDataset reference)
    {
        var uid = reference.GetString(DicomTags.ReferencedSOPClassUID) ?? "(no SOP class)";
        return $"{SopClassName(uid)} {reference.GetString(DicomTags.ReferencedSOPInstanceUID)}";
    }

    private static string SopClassName(string uid) => DicomUid.NameOf(uid)?.Replace(" Storage", "", StringComparison.Ordinal) ?? uid;

    private static string Region(DicomDataset item)
    {
        var coordinates = item.GetDoubles(DicomTags.GraphicData);
        var shown = string.Join(' ', coordinates.Take(MostCoordinates).Chunk(2).Select(point => string.Join('/', point.Select(Number))));
        return $"{item.GetString(DicomTags.GraphicType)} {shown}{(coordinates.Count > MostCoordinates ? " …" : "")}";
    }

    private static string TimeRange(DicomDataset item)
    {
        DicomTag[] kinds = [DicomTags.ReferencedSamplePositions, DicomTags.ReferencedTimeOffsets, DicomTags.ReferencedDateTime];
        var positions = kinds.Select(item.GetStrings).FirstOrDefault(values => values.Count > 0) ?? [];
        return $"{item.GetString(DicomTags.TemporalRangeType)} {string.Join(' ', positions)}".TrimEnd();
    }

    private static string Template(DicomDataset item) => item.GetSequence(DicomTags.ContentTemplateSequence) is [var template, ..]
        ? $"template {template.GetString(DicomTags.MappingResource)} {template.GetString(DicomTags.TemplateIdentifier)}"
        : "";

    // (value, scheme, "meaning"), the way reports write codes (PS3.16).
    private static string Code(DicomDataset code)
    {
        var value = code.GetString(DicomTags.CodeValue) ?? code.GetString(DicomTags.LongCodeValue) ?? code.GetString(DicomTags.URNCodeValue);
        return PrintableText.OneLine($"({value}, {code.GetString(DicomTags.CodingSchemeDesignator)}, \"{code.GetString(DicomTags.CodeMeaning)}\")");
    }

    private static string? Instances(DicomDataset report, DicomTag sequence)
    {
        var count = report.GetSequence(sequence)
            .SelectMany(study => study.GetSequence(DicomTags.ReferencedSeriesSequence))
            .Sum(series => series.GetSequence(DicomTags.ReferencedSOPSequence).Count);
        return count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{count} instance(s)");
    }

    private static string Join(DicomDataset dataset, params DicomTag[] tags) => string.Join(", ", tags.Select(dataset.GetString).Where(text => !string.IsNullOrEmpty(text)));

    private static string Number(double number) => number.ToString("G9", CultureInfo.InvariantCulture);
}
