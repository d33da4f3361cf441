using EchoClr.Dicom;

namespace EchoClr.Portal.Tests;

/// <summary>A drawn cine: a sector of speckle with a bright wall that moves, every pixel known.</summary>
internal static class TestCine
{
    public const int Frames = 24, Rows = 300, Columns = 400;

    /// <summary>Milliseconds to each frame from the one before it: no two neighbours alike, so that a player at an even pace is found out.</summary>
    public static readonly double[] Increments = [.. Enumerable.Range(0, Frames).Select(i => i == 0 ? 0.0 : i % 2 == 0 ? 30 : 50)];

    public static byte Pixel(int frame, int x, int y)
    {
        var (dx, dy) = (x - Columns / 2, y - 12);
        var depth = Math.Sqrt(dx * dx + dy * dy);
        if (dy <= 0 || Math.Abs(dx) > dy * 0.75 || depth > 275)
            return 0;
        var wall = 150 + 18 * Math.Sin(2 * Math.PI * frame / Frames) + dx * 0.12;
        var speckle = (uint)(x / 3 * 73856093 ^ y / 3 * 19349663 ^ frame * 83492791) % 61;
        return (byte)Math.Clamp(18 + speckle * 0.6 + 190 * Math.Exp(-Math.Pow((depth - wall) / 9, 2)) + 120 * Math.Exp(-Math.Pow((depth - wall - 55) / 7, 2)), 0, 255);
    }

    /// <summary>As received: grey, uncompressed.</summary>
    public static void Write(string path, string study, string instance) => new DicomFile(Header(study, instance, SopClasses.UltrasoundMultiFrameImageStorage)
        .Set(DicomTags.SamplesPerPixel, 1).Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .SetBytes(DicomTags.PixelData, DicomVr.OB, (byte[])[.. from frame in Enumerable.Range(0, Frames) from y in Enumerable.Range(0, Rows) from x in Enumerable.Range(0, Columns) select Pixel(frame, x, y)]),
        TransferSyntax.ExplicitVRLittleEndian).Write(path);

    /// <summary>As we write it: red over the wall, pointing to its source.</summary>
    public static void WriteSaliency(string path, string study, string instance, string source) => new DicomFile(Header(study, instance, SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage)
        .Set(DicomTags.Modality, "OT").Set(DicomTags.ImageComments, "AI saliency for Severe aortic stenosis; not for primary diagnosis")
        .SetSequence(DicomTags.SourceImageSequence, new DicomDataset().Set(DicomTags.ReferencedSOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
            .Set(DicomTags.ReferencedSOPInstanceUID, source).Set(DicomTags.ReferencedFrameNumber, [.. Enumerable.Range(1, Frames)]))
        .Set(DicomTags.SamplesPerPixel, 3).Set(DicomTags.PhotometricInterpretation, "RGB").Set(DicomTags.PlanarConfiguration, 0)
        .SetBytes(DicomTags.PixelData, DicomVr.OB, (byte[])[.. from frame in Enumerable.Range(0, Frames) from y in Enumerable.Range(0, Rows) from x in Enumerable.Range(0, Columns)
            let grey = Pixel(frame, x, y) let heat = grey == 0 ? 0 : Math.Exp(-(Math.Pow((x - 210) / 40.0, 2) + Math.Pow((y - 165) / 30.0, 2)))
            from value in (byte[])[(byte)(grey + (255 - grey) * heat * 0.8), (byte)(grey * (1 - heat * 0.5)), (byte)(grey * (1 - heat))] select value]),
        TransferSyntax.ExplicitVRLittleEndian).Write(path);

    /// <summary>A short report with a number and an answer.</summary>
    public static void WriteReport(string path, string study, string instance) => new DicomFile(new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.ComprehensiveSRStorage).Set(DicomTags.SOPInstanceUID, instance).Set(DicomTags.StudyInstanceUID, study).Set(DicomTags.SeriesInstanceUID, study + ".2").Set(DicomTags.PatientID, "P-a").Set(DicomTags.Modality, "SR")
        .Set(DicomTags.ValueType, "CONTAINER").SetSequence(DicomTags.ConceptNameCodeSequence, Code("126000", "Imaging Measurement Report"))
        .SetSequence(DicomTags.ContentSequence,
            new DicomDataset().Set(DicomTags.RelationshipType, "CONTAINS").Set(DicomTags.ValueType, "NUM").SetSequence(DicomTags.ConceptNameCodeSequence, Code("122157", "Probability"))
                .SetSequence(DicomTags.MeasuredValueSequence, new DicomDataset().Set(DicomTags.NumericValue, "87.0").SetSequence(DicomTags.MeasurementUnitsCodeSequence, Code("%", "Percent"))),
            new DicomDataset().Set(DicomTags.RelationshipType, "CONTAINS").Set(DicomTags.ValueType, "CODE").SetSequence(DicomTags.ConceptNameCodeSequence, Code("AS", "Severe aortic stenosis"))
                .SetSequence(DicomTags.ConceptCodeSequence, Code("52101004", "Present"))),
        TransferSyntax.ExplicitVRLittleEndian).Write(path);

    private static DicomDataset Code(string value, string meaning) => new DicomDataset().Set(DicomTags.CodeValue, value).Set(DicomTags.CodingSchemeDesignator, "DCM").Set(DicomTags.CodeMeaning, meaning);

    private static DicomDataset Header(string study, string instance, string sopClass) => new DicomDataset()
        .Set(DicomTags.SOPClassUID, sopClass).Set(DicomTags.SOPInstanceUID, instance).Set(DicomTags.StudyInstanceUID, study).Set(DicomTags.SeriesInstanceUID, study + ".1").Set(DicomTags.PatientID, "P-a").Set(DicomTags.Modality, "US")
        .Set(DicomTags.NumberOfFrames, Frames).Set(DicomTags.FrameTimeVector, Increments).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTimeVector).Set(DicomTags.Rows, Rows)
        .Set(DicomTags.Columns, Columns).Set(DicomTags.BitsAllocated, 8).Set(DicomTags.BitsStored, 8).Set(DicomTags.HighBit, 7).Set(DicomTags.PixelRepresentation, 0);
}
