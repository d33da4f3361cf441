using System.Security.Cryptography;
using System.Text;
using EchoClr.Dicom;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Inference.Signals;

/// <summary>Reads what a signal's row stands for.</summary>
public sealed class SignalReader(AnalysisStore analyses, DeliveryStore deliveries, WithdrawalStore withdrawals, BlobStore blobs, Pipeline pipeline)
{
    /// <exception cref="IOException">The report's file is gone.</exception>
    /// <exception cref="DicomFormatException">The report's file is damaged.</exception>
    public async Task<Signal> ReadAsync(SignalRow row, SignalTargetOptions target, CancellationToken cancellationToken)
    {
        var analysis = await analyses.FindAsync(row.AnalysisId, cancellationToken) ?? throw new InvalidOperationException($"analysis {row.AnalysisId} is gone");
        var file = (await deliveries.ListResultObjectsAsync(row.AnalysisId, cancellationToken)).Single(item => item.Id == row.ResultObjectId);
        var report = DicomFile.Read(blobs.PathOf(file.FileKey)).Dataset;
        return new Signal
        {
            Kind = row.Kind,
            ControlId = ControlId(row, file.SopInstanceUid),
            CreatedAt = row.CreatedAt,
            Report = report,
            Findings = analysis is { State: AnalysisState.Analyzed, Details: { } details } ? AnalysisDetails.FromJson(details).Findings : [],
            Text = row.Kind == SignalKind.Withdrawal ? await WithdrawalAsync(row, report, cancellationToken) : TextOf(report) ?? analysis.Reason ?? "",
            AlertPercent = target.AlertPercent,
        };
    }

    /// <summary>From names that no other signal has, here or in another installation: MSH-10 has 20 characters (HL7 v2.5.1 2.14.9.10), which is 80 bits.</summary>
    private static string ControlId(SignalRow row, string reportUid) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{row.Target}\n{row.Kind}\n{reportUid}")))[..20];

    private async Task<string> WithdrawalAsync(SignalRow row, DicomDataset report, CancellationToken cancellationToken)
    {
        var withdrawal = await withdrawals.FindAsync(row.AnalysisId, cancellationToken) ?? throw new InvalidOperationException($"the withdrawal of analysis {row.AnalysisId} is gone");
        return WithdrawalBuilder.Text(WithdrawalBuilder.Facts(report, pipeline, withdrawal.WithdrawnAt), withdrawal.WithdrawnBy, withdrawal.Reason);
    }

    /// <summary>The narrative summary of a measurement report, the conclusion of a text report.</summary>
    private static string? TextOf(DicomDataset item)
    {
        if (item.GetString(DicomTags.ValueType) == "TEXT" && item.GetSequence(DicomTags.ConceptNameCodeSequence) is [var name, ..]
            && name.GetString(DicomTags.CodeValue) is var code && (code == Concepts.NarrativeSummary.Value || code == Concepts.Conclusion.Value))
            return item.GetString(DicomTags.TextValue);
        return item.GetSequence(DicomTags.ContentSequence).Select(TextOf).FirstOrDefault(text => text is not null);
    }
}
