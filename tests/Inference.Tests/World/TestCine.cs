using EchoClr.Dicom;

namespace EchoClr.Inference.Tests.World;

/// <summary>Writes small cines: speckle that changes from frame to frame in a sector, the least that passes as an echo.</summary>
internal static class TestCine
{
    public const int Frames = 14;
    public const int Rows = 120;
    public const int Columns = 160;

    public static string Write(string path, string study, string series, string instance, bool color = false)
    {
        var pixels = new byte[Frames * Rows * Columns * (color ? 3 : 1)];
        var random = new Random(instance.Length);
        for (var p = 0; p < Frames * Rows * Columns; p++)
        {
            var (x, y) = (p % Columns - Columns / 2, p / Columns % Rows - 5);
            if (y <= 0 || Math.Abs(x) > y * 0.7 || x * x + y * y > 105 * 105)
                continue;
            var grey = (byte)random.Next(20, 200);
            if (!color)
                pixels[p] = grey;
            else if (Math.Abs(x) < 20 && y is > 40 and < 80)
                (pixels[3 * p], pixels[3 * p + 2]) = x < 0 ? (grey, (byte)0) : ((byte)0, grey); // a box of flow, towards and away
            else
                pixels[3 * p] = pixels[3 * p + 1] = pixels[3 * p + 2] = grey;
        }
        var dataset = Reporting.SomeReport.Header()
            .Set(DicomTags.StudyInstanceUID, study)
            .Set(DicomTags.SeriesInstanceUID, series)
            .Set(DicomTags.SOPInstanceUID, instance)
            .Set(DicomTags.NumberOfFrames, Frames)
            .Set(DicomTags.FrameTime, 40)
            .Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime)
            .Set(DicomTags.Rows, Rows)
            .Set(DicomTags.Columns, Columns)
            .Set(DicomTags.SamplesPerPixel, color ? 3 : 1)
            .Set(DicomTags.PhotometricInterpretation, color ? "RGB" : "MONOCHROME2")
            .Set(DicomTags.BitsAllocated, 8)
            .Set(DicomTags.BitsStored, 8)
            .Set(DicomTags.HighBit, 7)
            .Set(DicomTags.PixelRepresentation, 0)
            .SetBytes(DicomTags.PixelData, DicomVr.OB, pixels);
        if (color)
            dataset.Set(DicomTags.PlanarConfiguration, 0);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }
}
