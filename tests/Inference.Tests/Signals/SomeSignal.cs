using EchoClr.Dicom;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Signals;
using EchoClr.Inference.Tests.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>Signals of every kind, of the report that the other tests build.</summary>
internal static class SomeSignal
{
    public static Signal Of(SignalKind kind = SignalKind.Findings, double? aorticStenosis = 87.3, double? hypertrophy = 12, Action<DicomDataset>? alter = null, bool superseding = false, bool synthetic = true)
    {
        var header = SomeReport.Header();
        alter?.Invoke(header);
        var facts = SomeReport.Facts(header, aorticStenosis, hypertrophy);
        if (superseding)
            facts = facts with { Predecessor = SomeReport.Predecessor, InstanceNumber = 2 };
        var report = kind == SignalKind.NotAnalyzed
            ? NotAnalyzedReportBuilder.Build(facts with { Findings = [] }, header, "there is no parasternal long axis cine.")
            : StructuredReportBuilder.Build(facts, header, SopClasses.Comprehensive3DSRStorage);
        return new Signal
        {
            Kind = kind,
            ControlId = "0123456789ABCDEF0123",
            CreatedAt = new DateTimeOffset(2026, 3, 7, 13, 10, 0, TimeSpan.Zero),
            Report = report.Dataset,
            Findings = kind == SignalKind.NotAnalyzed ? [] : [.. facts.Findings.Select(finding => new FindingDetails(
                finding.Question.Key, finding.Percent, finding.ThresholdPercent, finding.Model with { Synthetic = synthetic }, finding.Parameters, finding.KeyFrame, null))],
            Text = "AI, unverified: not verified by a physician.",
            AlertPercent = new AlertOptions { AS = 80 },
        };
    }
}
