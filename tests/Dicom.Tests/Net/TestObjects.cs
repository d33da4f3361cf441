namespace EchoClr.Dicom.Tests.Net;

/// <summary>Small ultrasound objects with pixels nobody could mistake for others.</summary>
internal static class TestObjects
{
    /// <summary>Writes a file and gives its path. Rows × columns × frames bytes of seeded noise.</summary>
    public static string Write(string folder, int seed, TransferSyntax? syntax = null, int frames = 1, string sopClass = SopClasses.UltrasoundMultiFrameImageStorage)
    {
        const int rows = 100, columns = 100;
        var pixels = new byte[rows * columns * frames];
        new Random(seed).NextBytes(pixels);
        var dataset = new DicomDataset()
            .Set(DicomTags.SOPClassUID, sopClass)
            .Set(DicomTags.SOPInstanceUID, DicomUid.FromName("net test", seed.ToString("D", null)))
            .Set(DicomTags.StudyDate, "20250102")
            .Set(DicomTags.StudyTime, "101112")
            .Set(DicomTags.AccessionNumber, "A1")
            .Set(DicomTags.ReferringPhysicianName, "")
            .Set(DicomTags.Modality, "US")
            .Set(DicomTags.PatientName, "Phantom^Net")
            .Set(DicomTags.PatientID, "NET-1")
            .Set(DicomTags.PatientBirthDate, "19500101")
            .Set(DicomTags.PatientSex, "O")
            .Set(DicomTags.StudyInstanceUID, DicomUid.FromName("net test", "study"))
            .Set(DicomTags.SeriesInstanceUID, DicomUid.FromName("net test", "series"))
            .Set(DicomTags.StudyID, "1")
            .Set(DicomTags.SeriesNumber, 1)
            .Set(DicomTags.InstanceNumber, seed)
            .Set(DicomTags.SamplesPerPixel, 1)
            .Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
            .Set(DicomTags.NumberOfFrames, frames)
            .Set(DicomTags.Rows, rows)
            .Set(DicomTags.Columns, columns)
            .Set(DicomTags.BitsAllocated, 8)
            .Set(DicomTags.BitsStored, 8)
            .Set(DicomTags.HighBit, 7)
            .Set(DicomTags.PixelRepresentation, 0)
            .SetBytes(DicomTags.PixelData, DicomVr.OB, pixels);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{seed}.dcm");
        new DicomFile(dataset, syntax ?? TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }

    /// <summary>The bytes of a file's data set.</summary>
    public static byte[] Dataset(string path) => File.ReadAllBytes(path)[(int)DicomFile.ReadMeta(path).DatasetOffset..];

    public static string SopInstanceUid(string path) => DicomFile.ReadMeta(path).Meta.GetString(DicomTags.MediaStorageSOPInstanceUID)!;
}
