using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;

namespace EchoClr.Ingest.Tests;

/// <summary>A small object as the listener would hand it over: a Part 10 file in the spool whose data set bytes are those of the wire.</summary>
internal static class Arrival
{
    public static DicomDataset Cine(string study = "1.2.3", string series = "1.2.3.1", string instance = "1.2.3.1.1", string content = "") => new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
        .Set(DicomTags.SOPInstanceUID, instance)
        .Set(DicomTags.StudyInstanceUID, study)
        .Set(DicomTags.SeriesInstanceUID, series)
        .Set(DicomTags.Modality, "US")
        .Set(DicomTags.Manufacturer, "Vendor")
        .Set(DicomTags.PatientID, "P1")
        .Set(DicomTags.PatientName, "Test^Patient")
        .Set(DicomTags.NumberOfFrames, 30)
        .Set(DicomTags.ImageComments, content.Length == 0 ? "none" : content);

    public static byte[] Bytes(DicomDataset dataset) => DicomDatasetWriter.Encode(dataset, TransferSyntax.ExplicitVRLittleEndian);

    /// <summary>Writes what the listener would have written for these bytes.</summary>
    public static ReceivedInstance Spool(IDicomServerHandler handler, Guid association, byte[] dataset, string sopInstanceUid = "1.2.3.1.1", string sopClassUid = SopClasses.UltrasoundMultiFrameImageStorage)
    {
        var request = new StoreRequest(association, "PACS", "ECHOCLR", sopClassUid, sopInstanceUid, TransferSyntax.ExplicitVRLittleEndian.Uid);
        var path = handler.CreateStoreFile(request)!;
        using var stream = File.Create(path);
        DicomFile.WriteHeader(stream, DicomFile.CreateMeta(sopClassUid, sopInstanceUid, TransferSyntax.ExplicitVRLittleEndian));
        var offset = stream.Position;
        stream.Write(dataset);
        return new ReceivedInstance(request, path, offset, dataset.Length, Convert.ToHexStringLower(SHA256.HashData(dataset)));
    }
}
