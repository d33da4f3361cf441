using System.Collections.Frozen;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Receiving;

/// <summary>What the header of a received file says, as the rows need it. Strict on the UIDs that file the object, lenient on everything else.</summary>
internal static class InstanceHeader
{
    // Everything else is passed over: what a peer puts into a header must not become our memory, with all associations at it at once.
    private static readonly FrozenSet<DicomTag> Wanted = new[]
    {
        DicomTags.SpecificCharacterSet, DicomTags.SOPClassUID, DicomTags.SOPInstanceUID, DicomTags.SeriesInstanceUID, DicomTags.StudyInstanceUID,
        DicomTags.Modality, DicomTags.SeriesNumber, DicomTags.InstanceNumber, DicomTags.NumberOfFrames, DicomTags.PatientID, DicomTags.IssuerOfPatientID, DicomTags.PatientName,
        DicomTags.PatientBirthDate, DicomTags.PatientSex, DicomTags.AccessionNumber, DicomTags.StudyDate, DicomTags.StudyTime, DicomTags.StudyDescription,
        DicomTags.InstitutionName, DicomTags.Manufacturer, DicomTags.RequestedProcedurePriority,
    }.ToFrozenSet();

    private static readonly DicomReadOptions Header = DicomReadOptions.Header with { Only = Wanted };

    // The last identifying element is Series Instance UID (0020,000E): damage behind it costs the numbers, not the object.
    private static readonly DicomReadOptions IdentityOnly = Header with { StopBefore = new DicomTag(0x0020, 0x000F) };

    /// <exception cref="MalformedInstanceException">The object cannot be filed.</exception>
    public static NewInstance Read(ReceivedInstance received, NewAssociation association, string fileKey, DateTimeOffset receivedAt)
    {
        var dataset = ReadDataset(received);
        if (dataset.GetString(DicomTags.SOPClassUID) is { } sopClass && sopClass != received.Request.SopClassUid)
            throw new MalformedInstanceException(StoreStatus.SopClassMismatch);
        var sopInstanceUid = Uid(dataset, DicomTags.SOPInstanceUID);
        if (sopInstanceUid != received.Request.SopInstanceUid)
            throw new MalformedInstanceException(StoreStatus.SopInstanceMismatch);

        return new NewInstance
        {
            SopInstanceUid = sopInstanceUid,
            SopClassUid = received.Request.SopClassUid,
            SeriesInstanceUid = Uid(dataset, DicomTags.SeriesInstanceUID),
            StudyInstanceUid = Uid(dataset, DicomTags.StudyInstanceUID),
            TransferSyntaxUid = received.Request.TransferSyntaxUid,
            FileKey = fileKey,
            DatasetOffset = received.DatasetOffset,
            DatasetLength = received.DatasetLength,
            DatasetSha256 = received.DatasetSha256,
            AssociationId = association.Id,
            CallingAeTitle = association.CallingAeTitle,
            TraceId = association.TraceId,
            ReceivedAt = receivedAt,
            IsOurs = OwnObjects.Wrote(dataset),
            IsUrgent = association.IsUrgent || PeerText(dataset, DicomTags.RequestedProcedurePriority) is "STAT" or "HIGH", // PS3.3 Table C.4-11's defined terms
            Modality = PeerText(dataset, DicomTags.Modality),
            SeriesNumber = Number(dataset, DicomTags.SeriesNumber),
            InstanceNumber = Number(dataset, DicomTags.InstanceNumber),
            NumberOfFrames = Number(dataset, DicomTags.NumberOfFrames),
            PatientId = PeerText(dataset, DicomTags.PatientID),
            IssuerOfPatientId = PeerText(dataset, DicomTags.IssuerOfPatientID),
            PatientName = PeerText(dataset, DicomTags.PatientName),
            PatientBirthDate = PeerText(dataset, DicomTags.PatientBirthDate),
            PatientSex = PeerText(dataset, DicomTags.PatientSex),
            AccessionNumber = PeerText(dataset, DicomTags.AccessionNumber),
            StudyDate = PeerText(dataset, DicomTags.StudyDate),
            StudyTime = PeerText(dataset, DicomTags.StudyTime),
            StudyDescription = PeerText(dataset, DicomTags.StudyDescription),
            InstitutionName = PeerText(dataset, DicomTags.InstitutionName),
        };
    }

    private static DicomDataset ReadDataset(ReceivedInstance received)
    {
        try
        {
            return DicomFile.Read(received.Path, Header, received.Beginning).Dataset;
        }
        catch (DicomFormatException)
        {
            try
            {
                return DicomFile.Read(received.Path, IdentityOnly, received.Beginning).Dataset;
            }
            catch (DicomFormatException)
            {
                throw new MalformedInstanceException(StoreStatus.Unreadable);
            }
        }
    }

    private static string Uid(DicomDataset dataset, DicomTag tag)
    {
        var values = dataset.GetStrings(Known(tag)).Where(value => value.Length > 0).ToList();
        if (values.Count == 0)
            throw new MalformedInstanceException(StoreStatus.UidMissing);
        return values.Count == 1 && IsAcceptable(values[0]) ? values[0] : throw new MalformedInstanceException(StoreStatus.UidInvalid);
    }

    /// <summary>PS3.5 9.1 but for leading zeros in a component: a known vendor defect, and harmless where UIDs are compared as text.</summary>
    private static bool IsAcceptable(string uid) => uid.Length <= 64 && uid.Split('.').All(component => component.Length > 0 && component.All(char.IsAsciiDigit));

    private static string? PeerText(DicomDataset dataset, DicomTag tag) => Text.Cut(Tolerant(() => dataset.GetString(Known(tag)))?.Replace("\0", ""));

    private static int? Number(DicomDataset dataset, DicomTag tag) => Tolerant(() => dataset.GetInt32(Known(tag)));

    // A tag that was passed over would look like one that is absent.
    private static DicomTag Known(DicomTag tag) => Wanted.Contains(tag) ? tag : throw new InvalidOperationException($"{tag} is asked for, but not among the wanted elements");

    // A broken name or number is no reason to refuse the object: it is kept byte for byte, and only the row lacks the value.
    private static T? Tolerant<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (DicomFormatException)
        {
            return default;
        }
    }
}
