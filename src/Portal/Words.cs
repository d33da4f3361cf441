using EchoClr.Shared.Data;

namespace EchoClr.Portal;

/// <summary>States and findings as a reader says them, with the CSS class that colours them; the words never depend on the colour.</summary>
public static class Words
{
    public static (string Text, string Class) State(WorklistState state) => state switch
    {
        WorklistState.Receiving => ("Receiving", "busy"),
        WorklistState.WaitingForAnalysis => ("Waiting for analysis", "busy"),
        WorklistState.AnalysisParked => ("Analysis failed, needs a person", "bad"),
        WorklistState.NotAnalyzed => ("Not analysed", "plain"),
        WorklistState.WaitingForReport => ("Writing the report", "busy"),
        WorklistState.Delivering => ("Sending to the PACS", "busy"),
        WorklistState.WaitingForConfirmation => ("Sent, the PACS has yet to confirm", "busy"),
        WorklistState.Held => ("Held back", "plain"),
        WorklistState.DeliveryParked => ("Delivery failed, needs a person", "bad"),
        WorklistState.DeliveryDropped => ("Delivery given up by a person", "bad"),
        WorklistState.Withdrawn => ("Withdrawn", "bad"),
        WorklistState.Confirmed => ("Confirmed by the PACS", "good"),
        _ => (state.ToString(), "plain"),
    };

    /// <summary>Nothing more will happen by itself.</summary>
    public static bool IsFinal(WorklistState state) => state is WorklistState.Confirmed or WorklistState.Withdrawn or WorklistState.NotAnalyzed or WorklistState.Held
        or WorklistState.AnalysisParked or WorklistState.DeliveryParked or WorklistState.DeliveryDropped;

    public static string Task(string name) => name switch
    {
        "AS" => "Severe aortic stenosis",
        "LVH" => "Left ventricular hypertrophy",
        _ => name,
    };

    private static string ShortTask(string name) => name switch
    {
        "AS" => "Severe AS",
        _ => name,
    };

    /// <summary>A DICOM date, yyyyMMdd, with dashes; anything else as it came.</summary>
    public static string Date(string? date) => date is { Length: 8 } ? $"{date[..4]}-{date[4..6]}-{date[6..]}" : date ?? "";

    /// <summary>A DICOM person name (PS3.5 6.2.1): the alphabetic group, family name first.</summary>
    public static string Name(string? name) => name is null ? "" : string.Join(", ", name.Split('=')[0].Split('^', 3, StringSplitOptions.RemoveEmptyEntries).Take(2));

    /// <summary>What a study is called in a list: the name, else the number, so that there is always something to open.</summary>
    public static string NameOrNumber(StudyRow study) => Name(study.PatientName) is { Length: > 0 } name ? name : study.PatientId is { Length: > 0 } number ? number : "no name";

    /// <summary>A finding in a few words, and the CSS class that colours them.</summary>
    public static (string Text, string Class) Finding(FindingRow finding) => finding.Outcome switch
    {
        FindingOutcome.Present => ($"{ShortTask(finding.Name)} present, {Percent(finding.Probability)}", "present"),
        FindingOutcome.Absent => ($"{ShortTask(finding.Name)} absent, {Percent(finding.Probability)}", "absent"),
        _ => ($"{ShortTask(finding.Name)}: model abstained", "abstained"),
    };

    /// <summary>A finding in words that say it all.</summary>
    public static string FindingInFull(FindingRow finding) => finding.Outcome switch
    {
        FindingOutcome.Present => $"{Task(finding.Name)}: present, {Percent(finding.Probability)} (threshold {Percent(finding.Threshold)})",
        FindingOutcome.Absent => $"{Task(finding.Name)}: absent, {Percent(finding.Probability)} (threshold {Percent(finding.Threshold)})",
        _ => $"{Task(finding.Name)}: the model abstained",
    };

    /// <summary>What a reader may say; where the AI gave an answer, as agreeing or not.</summary>
    public static string Answer(LabelValue value, FindingRow? finding) => value == LabelValue.Unsure ? "Not sure" : finding?.Outcome switch
    {
        FindingOutcome.Present or FindingOutcome.Absent => $"{(value.ToString() == finding.Outcome.ToString() ? "Agree" : "Disagree")}: {value.ToString().ToLowerInvariant()}",
        _ => value.ToString(),
    };

    /// <summary>Sex and year of birth, as far as they are known.</summary>
    public static string SexAndBirth(StudyRow study) => string.Join(", ", new[] { study.PatientSex, study.PatientBirthDate is { Length: 8 } birth ? $"*{birth[..4]}" : null }.Where(part => !string.IsNullOrEmpty(part)));

    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    public static string Time(DateTimeOffset? time) => time is { } at ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss") + " UTC" : "";

    /// <summary>A fraction as a percentage with one decimal.</summary>
    public static string Percent(double? fraction) => fraction is { } value ? $"{100 * value:0.0} %" : "no number";
}
