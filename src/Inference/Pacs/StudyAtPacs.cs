using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Pacs;

/// <summary>Asks the PACS of a study's sender, where one is to be asked, what it knows of the study now (C-FIND at STUDY level).</summary>
public sealed class StudyAtPacs(StudyStore studies, PacsDirectory directory, Destinations destinations, IDicomClient client)
{
    /// <summary>A query by one unique key is answered in milliseconds; a PACS that takes longer than this is in trouble.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Null where nobody is to be asked.</summary>
    /// <param name="wanted">Whether the settings of a PACS ask for this question.</param>
    public async Task<StudyAnswer?> AskAsync(string studyInstanceUid, Func<PacsToAsk, bool> wanted, CancellationToken cancellationToken)
    {
        if (directory.IsEmpty || await studies.FindAsync(studyInstanceUid, cancellationToken) is not { } study
            || directory.Find(await studies.ListSendersAsync(study.Id, cancellationToken)) is not { } pacs || !wanted(pacs))
            return null;
        var keys = new Dictionary<string, string>
        {
            ["StudyInstanceUID"] = studyInstanceUid, ["PatientID"] = "", ["PatientName"] = "", ["PatientBirthDate"] = "", ["PatientSex"] = "", ["AccessionNumber"] = "",
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var matches = await client.FindAsync(destinations.PeerOf(pacs), "STUDY", keys, limit.Token);
            return matches.FirstOrDefault(match => match["StudyInstanceUID"] == studyInstanceUid) is { } match
                ? new StudyAnswer(pacs.AeTitle, new PatientIdentity(match["PatientID"], match["PatientName"], match["PatientBirthDate"], match["PatientSex"], match["AccessionNumber"]), null)
                : new StudyAnswer(pacs.AeTitle, null, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new StudyAnswer(pacs.AeTitle, null, $"{pacs.AeTitle} did not answer within {Timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is DicomNetworkException or DicomFormatException)
        {
            return new StudyAnswer(pacs.AeTitle, null, exception.Message);
        }
    }
}

/// <summary>The answer of a PACS about a study.</summary>
/// <param name="Patient">Null where it does not know the study, or gave no usable answer.</param>
/// <param name="Trouble">Why there is no usable answer; null where there is one.</param>
public sealed record StudyAnswer(string AeTitle, PatientIdentity? Patient, string? Trouble);
