using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Studies;

/// <summary>Renders one object of a study into a Part 10 file, JPEG baseline.</summary>
public static class PhantomFile
{
    /// <returns>The file, and where the truth lies in each frame.</returns>
    public static (DicomFile File, IReadOnlyList<FrameTruth> Truth) Create(PhantomStudy study, PhantomObject item)
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        var vendor = item.Video.Vendor;
        var samples = UltrasoundDataset.IsGrey(item) ? 1 : 3;
        void Encode(ReadOnlySpan<byte> pixels) => frames.Add(JpegEncoder.Encode(pixels, vendor.Rows, vendor.Columns, samples, vendor.JpegQuality));

        IReadOnlyList<FrameTruth> truth = [];
        switch (item.Kind)
        {
            case PhantomObjectKind.MModeStill:
                Encode(StillPicture.MMode(item.Video));
                break;
            case PhantomObjectKind.SpectralStill:
                Encode(StillPicture.Spectrum(item.Video));
                break;
            default:
                var options = new PhantomRenderOptions(Colour: samples == 3, MaxFrames: item.IsCine ? int.MaxValue : 1);
                truth = PhantomRenderer.Render(item.Video, options, (_, pixels) => Encode(pixels));
                break;
        }

        var dataset = UltrasoundDataset.Create(study, item);
        var raw = (double)frames.Count * vendor.Rows * vendor.Columns * samples;
        dataset.Set(DicomTags.LossyImageCompressionRatio, Math.Round(raw / frames.Sum(frame => (long)frame.Length), 2));
        dataset.SetEncapsulatedPixelData(frames);
        return (new DicomFile(dataset, TransferSyntax.JPEGBaseline8Bit), truth);
    }
}
