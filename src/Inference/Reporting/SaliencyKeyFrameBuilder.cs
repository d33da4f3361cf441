using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the one picture that stands for a saliency cine where a PACS takes no true colour cines: a Secondary Capture, uncompressed, of the frame that the report's region lies on.</summary>
public static class SaliencyKeyFrameBuilder
{
    /// <param name="source">The header of the cine that was explained.</param>
    /// <param name="frames">Its decoded frames.</param>
    public static DicomFile Build(ReportFacts facts, FindingFact finding, DicomDataset source, SourceFrames frames, HeatMap map, string modality = "OT")
    {
        // The frame of the region; the first where a damaged one was left out since.
        var index = Math.Max(0, frames.FrameNumbers.ToList().IndexOf(finding.KeyFrame.FrameNumber));
        var rgb = new byte[frames.Rows * frames.Columns * 3];
        frames.CopyRgb(index, rgb);
        new SaliencyPainter(map, frames.Columns, frames.Rows, SaliencyCineBuilder.Legend(finding)).Paint(rgb, index);

        var dataset = SaliencyCineBuilder.Begin(facts, finding, source, SopClasses.SecondaryCaptureImageStorage, [frames.FrameNumbers[index]], modality);
        SaliencyCineBuilder.SetPixels(dataset, source, frames, "RGB")
            // The pixels were lossy once where the source was, whatever they are written in (PS3.3 C.7.6.1.1.5).
            .CopyFrom(source, DicomTags.LossyImageCompression, DicomTags.LossyImageCompressionRatio, DicomTags.LossyImageCompressionMethod)
            .SetBytes(DicomTags.PixelData, DicomVr.OB, (rgb.Length & 1) == 0 ? rgb : [.. rgb, 0]);
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("sc-frame", DatasetDigest.Compute(dataset)));
        return new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian);
    }
}
