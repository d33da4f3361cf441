using EchoClr.Dicom;

namespace EchoClr.Crash.Peers;

/// <summary>Studies as small as analysis takes them: speckle in a sector, which changes from frame to frame.</summary>
internal static class TinyStudy
{
    private const int CineFrames = 14;
    private const int Rows = 120;
    private const int Columns = 160;

    /// <summary>A file of one object. The same seed gives the same bytes.</summary>
    /// <param name="frames">1 makes a still, which is kept and never analysed.</param>
    public static string Write(string folder, string study, string instance, int seed, bool still)
    {
        var frames = still ? 1 : CineFrames;
        var pixels = new byte[frames * Rows * Columns];
        var random = new Random(seed);
        for (var p = 0; p < pixels.Length; p++)
        {
            var (x, y) = (p % Columns - Columns / 2, p / Columns % Rows - 5);
            if (y > 0 && Math.Abs(x) <= y * 0.7 && x * x + y * y <= 105 * 105)
                pixels[p] = (byte)random.Next(20, 200);
        }
        var dataset = new DicomDataset()
            .Set(DicomTags.SOPClassUID, still ? SopClasses.UltrasoundImageStorage : SopClasses.UltrasoundMultiFrameImageStorage)
            .Set(DicomTags.SOPInstanceUID, instance)
            .Set(DicomTags.SeriesInstanceUID, study + ".1")
            .Set(DicomTags.StudyInstanceUID, study)
            .Set(DicomTags.StudyDate, "20260306").Set(DicomTags.StudyTime, "231500").Set(DicomTags.Modality, "US").Set(DicomTags.Manufacturer, "Acme Ultrasound")
            .Set(DicomTags.PatientName, "Crash^Test").Set(DicomTags.PatientID, "CRASH-1").Set(DicomTags.AccessionNumber, "A-1")
            .Set(DicomTags.Rows, Rows).Set(DicomTags.Columns, Columns).Set(DicomTags.SamplesPerPixel, 1).Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
            .Set(DicomTags.BitsAllocated, 8).Set(DicomTags.BitsStored, 8).Set(DicomTags.HighBit, 7).Set(DicomTags.PixelRepresentation, 0)
            .SetBytes(DicomTags.PixelData, DicomVr.OB, pixels);
        if (!still)
            dataset.Set(DicomTags.NumberOfFrames, frames).Set(DicomTags.FrameTime, 40).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime);
        var path = Path.Combine(folder, $"{instance}-{seed}.dcm");
        Directory.CreateDirectory(folder);
        new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }
}
