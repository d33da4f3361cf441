using EchoClr.Shared.Data;

namespace EchoClr.Portal.Pages;

/// <summary>A finding as a coloured mark whose words say it all.</summary>
internal static class FindingMark
{
    public static Html Of(FindingRow finding) => finding.Outcome switch
    {
        FindingOutcome.Present => Html.Of($"""<span class="finding present">{Words.Task(finding.Name)}: present, {Words.Percent(finding.Probability)} (threshold {Words.Percent(finding.Threshold)})</span>"""),
        FindingOutcome.Absent => Html.Of($"""<span class="finding absent">{Words.Task(finding.Name)}: absent, {Words.Percent(finding.Probability)} (threshold {Words.Percent(finding.Threshold)})</span>"""),
        _ => Html.Of($"""<span class="finding abstained">{Words.Task(finding.Name)}: the model abstained</span>"""),
    };
}
