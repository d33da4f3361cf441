using EchoClr.Inference.Reporting;
using EchoClr.Inference.Signals;
using EchoClr.Inference.Signals.Fhir;
using EchoClr.Shared.Data;
using Firely.Fhir.Validation;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Specification.Source;
using Hl7.Fhir.Specification.Terminology;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>The FHIR R4 transaction, read strictly and validated against HL7's own definitions by Firely's validator.</summary>
public sealed class ReportBundleTests
{
    private static readonly Lazy<Validator> R4 = new(() =>
    {
        var source = new CachedResolver(new ZipSource(Path.Combine(AppContext.BaseDirectory, "specification.zip")));
        return new Validator(source, LocalTerminologyService.CreateDefaultForCore(source), null, null, null);
    });

    public static TheoryData<SignalKind, bool, double?> Signals => new()
    {
        { SignalKind.Findings, false, 12 }, { SignalKind.Findings, true, 12 }, { SignalKind.Findings, false, null }, { SignalKind.NotAnalyzed, false, null }, { SignalKind.Withdrawal, false, 12 },
    };

    [Theory]
    [MemberData(nameof(Signals))]
    public void EveryResource_IsValid(SignalKind kind, bool superseding, double? hypertrophy)
    {
        foreach (var resource in Read(SomeSignal.Of(kind, hypertrophy: hypertrophy, superseding: superseding)).Entry.Select(entry => entry.Resource!))
        {
            var outcome = R4.Value.Validate(resource);
            var errors = outcome.Issue.Where(issue => issue.Severity is OperationOutcome.IssueSeverity.Error or OperationOutcome.IssueSeverity.Fatal);
            Assert.True(!errors.Any(), string.Join("\n", errors.Select(issue => $"{resource.TypeName} {string.Join(", ", issue.Expression)}: {issue.Details?.Text}")));
        }
    }

    /// <summary>The validator finds what is wrong, so that its silence above means something.</summary>
    [Fact]
    public void Validator_FindsAReportWithoutStatus()
    {
        var report = Report(SomeSignal.Of());
        report.Status = null;

        Assert.False(R4.Value.Validate(report).Success);
    }

    [Theory]
    [InlineData(SignalKind.Findings, false, DiagnosticReport.DiagnosticReportStatus.Preliminary, ObservationStatus.Preliminary)]
    [InlineData(SignalKind.Findings, true, DiagnosticReport.DiagnosticReportStatus.Amended, ObservationStatus.Preliminary)]
    [InlineData(SignalKind.NotAnalyzed, false, DiagnosticReport.DiagnosticReportStatus.Cancelled, ObservationStatus.Cancelled)]
    [InlineData(SignalKind.Withdrawal, false, DiagnosticReport.DiagnosticReportStatus.Cancelled, ObservationStatus.Cancelled)]
    public void Status_SaysWhatStands(SignalKind kind, bool superseding, DiagnosticReport.DiagnosticReportStatus report, ObservationStatus observation)
    {
        var signal = SomeSignal.Of(kind, superseding: superseding);

        Assert.Equal(report, Report(signal).Status);
        Assert.All(Observations(signal), item =>
        {
            Assert.Equal(observation, item.Status);
            Assert.Equal(kind == SignalKind.Findings, item.Value is not null);
            Assert.Equal(kind == SignalKind.Findings, item.Component.Count == 1);
        });
    }

    [Fact]
    public void Findings_AreSaid_AndWhoseTheyAre()
    {
        var signal = SomeSignal.Of();
        var (report, stenosis, hypertrophy) = (Report(signal), Observations(signal)[0], Observations(signal)[1]);

        Assert.Equal("urn:oid:" + signal.ReportUid, report.Identifier[1].Value);
        Assert.Equal(("MRN 0815", "WARD7"), (report.Subject!.Identifier!.Value, report.Subject.Identifier.Assigner!.Display));
        Assert.Equal("A-2026-17", report.BasedOn[0].Identifier!.Value);
        Assert.Equal("urn:oid:" + signal.StudyInstanceUid, report.ImagingStudy[0].Identifier!.Value);
        Assert.StartsWith("2026-03-06T23:15:00", Assert.IsType<FhirDateTime>(report.Effective).Value, StringComparison.Ordinal);
        Assert.Equal(signal.Text, report.Conclusion);
        Assert.Equal("SEV-AS", stenosis.Code!.Coding[0].Code);
        Assert.Equal("52101004", Assert.IsType<CodeableConcept>(stenosis.Value).Coding[0].Code);
        var probability = Assert.IsType<Quantity>(stenosis.Component[0].Value);
        Assert.Equal((87.3m, "%"), (probability.Value, probability.Code));
        Assert.Equal(50m, stenosis.Component[0].ReferenceRange[0].High!.Value);
        Assert.Equal("A", stenosis.Interpretation[0].Coding[0].Code);
        Assert.Empty(hypertrophy.Interpretation);
        Assert.Equal("272519000", Assert.IsType<CodeableConcept>(hypertrophy.Value).Coding[0].Code);
        Assert.Equal("HTEST", report.Meta!.Security[0].Code); // trained on phantoms
        Assert.Null(Report(SomeSignal.Of(synthetic: false)).Meta);
    }

    /// <summary>A receiver that puts by identifier holds one report and one observation a question, whatever came before.</summary>
    [Fact]
    public void LaterWord_IsPutInTheSamePlace()
    {
        var first = Read(SomeSignal.Of());
        var later = Read(SomeSignal.Of(SignalKind.Withdrawal, superseding: true));

        Assert.Equal(first.Entry.Select(entry => (entry.FullUrl, entry.Request!.Method, entry.Request.Url)), later.Entry.Select(entry => (entry.FullUrl, entry.Request!.Method, entry.Request.Url)));
        Assert.Equal(first.Entry.Skip(1).Select(entry => entry.FullUrl), Report(SomeSignal.Of()).Result.Select(result => result.Reference));
    }

    /// <summary>Strictly: an unknown element, a wrong type or a missing one is an error.</summary>
    private static Bundle Read(Signal signal) => new FhirJsonDeserializer().Deserialize<Bundle>(System.Text.Encoding.UTF8.GetString(ReportBundle.Build(signal)));

    private static DiagnosticReport Report(Signal signal) => Assert.Single(Read(signal).Entry.Select(entry => entry.Resource).OfType<DiagnosticReport>());

    private static List<Hl7.Fhir.Model.Observation> Observations(Signal signal)
    {
        var observations = Read(signal).Entry.Select(entry => entry.Resource).OfType<Hl7.Fhir.Model.Observation>().ToList();
        Assert.Equal(Question.All.Count, observations.Count);
        return observations;
    }
}
