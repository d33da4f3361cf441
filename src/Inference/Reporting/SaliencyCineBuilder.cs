using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the saliency cine: a Multi-frame True Color Secondary Capture with the map blended over the source frames.</summary>
public static class SaliencyCineBuilder
{
    /// <summary>Behind the report's series.</summary>
    private const int SeriesNumber = 9002;

    private const string SeriesDescription = "EchoCLR AI saliency";

    /// <param name="source">The header of the cine that was explained.</param>
    /// <param name="frames">Its decoded frames, all of them.</param>
    /// <param name="finding">The answer that is explained; the numbers of it are not painted, the report holds them.</param>
    /// <param name="meanFrameTime">Used where the source states no timing.</param>
    /// <param name="modality">OT by default: it keeps the object out of echo filters, our own among them. A site may prefer US.</param>
    public static DicomFile Build(
        ReportFacts facts, FindingFact finding, DicomDataset source, SourceFrames frames, HeatMap map, TimeSpan meanFrameTime, string modality = "OT")
    {
        var jpegs = Encode(frames, new SaliencyPainter(map, frames.Columns, frames.Rows, Legend(finding)));
        var dataset = Begin(facts, finding, source, SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage, frames.FrameNumbers, modality);
        SetTiming(dataset, source, frames.Frames, meanFrameTime);
        SetImage(dataset, source, frames, jpegs);
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("sc", DatasetDigest.Compute(dataset, jpegs)));
        dataset.SetEncapsulatedPixelData([.. jpegs.Select(jpeg => (ReadOnlyMemory<byte>)jpeg)]);
        return new DicomFile(dataset, TransferSyntax.JPEGBaseline8Bit);
    }

    /// <summary>What a saliency cine and its key frame have in common: everything but time and pixels.</summary>
    internal static DicomDataset Begin(
        ReportFacts facts, FindingFact finding, DicomDataset source, string sopClassUid, IReadOnlyList<int> frameNumbers, string modality)
    {
        var dataset = SourceHeader.Begin(source);
        var studyInstanceUid = dataset.GetString(DicomTags.StudyInstanceUID)!;
        return dataset
            .WithEquipment(facts)
            .WithTimes(facts)
            .WithContributingEquipment(facts, source)
            .Set(DicomTags.SOPClassUID, sopClassUid)
            .Set(DicomTags.Modality, modality)
            .Set(DicomTags.ConversionType, "SYN")
            .Set(DicomTags.SeriesInstanceUID, ReportUids.SaliencySeries(studyInstanceUid))
            .Set(DicomTags.SeriesNumber, SeriesNumber)
            .Set(DicomTags.SeriesDescription, SeriesDescription)
            .Set(DicomTags.InstanceNumber, InstanceNumber(facts, finding))
            .SetEmpty(DicomTags.PatientOrientation)
            .Set(DicomTags.BodyPartExamined, "HEART") // not a paired structure, so Laterality (Type 2C) stays absent
            .Set(DicomTags.ImageType, "DERIVED", "SECONDARY") // never analysed when it comes back
            .Set(DicomTags.ImageComments, $"AI saliency for {finding.Question.Name}; not for primary diagnosis")
            .Set(DicomTags.DerivationDescription, Derivation(finding))
            .SetSequence(DicomTags.SourceImageSequence, Source(source, frameNumbers))
            .Set(DicomTags.BurnedInAnnotation, "YES");
    }

    /// <summary>A number of its own for each question, rising with each re-analysis.</summary>
    private static int InstanceNumber(ReportFacts facts, FindingFact finding) =>
        (facts.InstanceNumber - 1) * Question.All.Count + Question.All.ToList().IndexOf(finding.Question) + 1;

    internal static List<string> Legend(FindingFact finding)
    {
        List<string> lines =
        [
            "AI - not for primary diagnosis",
            $"Saliency: {finding.Question.Name}",
            $"{finding.Model.Name} {finding.Model.Version}",
        ];
        if (finding.Model.Synthetic)
            lines.Add("weights trained on synthetic phantoms");
        return lines;
    }

    private static string Derivation(FindingFact finding) =>
        $"Class activation map of the last stage of {finding.Model.Name} {finding.Model.Version}, output {finding.Question.Key}, "
        + "stretched over the cine and blended on the source frames; hot colours mark what raised the score most.";

    private static DicomDataset Source(DicomDataset source, IReadOnlyList<int> frameNumbers) => new DicomDataset()
        .Set(DicomTags.ReferencedSOPClassUID, source.GetString(DicomTags.SOPClassUID)!)
        .Set(DicomTags.ReferencedSOPInstanceUID, source.GetString(DicomTags.SOPInstanceUID)!)
        .Set(DicomTags.ReferencedFrameNumber, [.. frameNumbers])
        .SetSequence(DicomTags.PurposeOfReferenceCodeSequence, Concepts.SourceImageForProcessing.ToItem());

    /// <summary>Frame Time or Frame Time Vector of the source, byte for byte; the pointer must name the one that is there (a dangling one crashes tools).</summary>
    private static void SetTiming(DicomDataset dataset, DicomDataset source, int frames, TimeSpan meanFrameTime)
    {
        dataset.Set(DicomTags.NumberOfFrames, frames);
        if (source.GetDouble(DicomTags.FrameTime) is > 0)
        {
            dataset.CopyFrom(source, DicomTags.FrameTime).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime);
        }
        else if (source.GetDoubles(DicomTags.FrameTimeVector).Count == frames)
        {
            dataset.CopyFrom(source, DicomTags.FrameTimeVector).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTimeVector);
        }
        else
        {
            dataset.Set(DicomTags.FrameTime, meanFrameTime.TotalMilliseconds.ToString("0.####")).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime);
        }
    }

    private static void SetImage(DicomDataset dataset, DicomDataset source, SourceFrames frames, IReadOnlyList<byte[]> jpegs)
    {
        var rawLength = (double)frames.Frames * frames.Rows * frames.Columns * 3;
        var ratio = (rawLength / jpegs.Sum(jpeg => (long)jpeg.Length)).ToString("0.##");
        var (ratios, methods) = (source.GetStrings(DicomTags.LossyImageCompressionRatio), source.GetStrings(DicomTags.LossyImageCompressionMethod));
        var known = ratios.Count == methods.Count; // only then do the source's own steps line up with ours
        SetPixels(dataset, source, frames, "YBR_FULL_422")
            .Set(DicomTags.LossyImageCompression, "01")
            .Set(DicomTags.LossyImageCompressionRatio, known ? [.. ratios, ratio] : [ratio])
            .Set(DicomTags.LossyImageCompressionMethod, known ? [.. methods, "ISO_10918_1"] : ["ISO_10918_1"]);
    }

    /// <summary>The Image Pixel module of a picture of three 8-bit samples.</summary>
    internal static DicomDataset SetPixels(DicomDataset dataset, DicomDataset source, SourceFrames frames, string photometricInterpretation) => dataset
            .Set(DicomTags.SamplesPerPixel, 3)
            .Set(DicomTags.PhotometricInterpretation, photometricInterpretation)
            .Set(DicomTags.PlanarConfiguration, 0)
            .Set(DicomTags.Rows, frames.Rows)
            .Set(DicomTags.Columns, frames.Columns)
            .Set(DicomTags.BitsAllocated, 8)
            .Set(DicomTags.BitsStored, 8)
            .Set(DicomTags.HighBit, 7)
            .Set(DicomTags.PixelRepresentation, 0)
            .CopyFrom(source, DicomTags.PixelAspectRatio);

    private static List<byte[]> Encode(SourceFrames frames, SaliencyPainter painter)
    {
        var jpegs = new List<byte[]>(frames.Frames);
        var rgb = new byte[frames.Rows * frames.Columns * 3];
        for (var frame = 0; frame < frames.Frames; frame++)
        {
            frames.CopyRgb(frame, rgb);
            painter.Paint(rgb, frame);
            jpegs.Add(JpegEncoder.Encode(rgb, frames.Rows, frames.Columns, 3));
        }
        return jpegs;
    }
}
