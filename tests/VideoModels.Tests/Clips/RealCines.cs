using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Testing;
using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

/// <summary>A real file as the analysis reads it: decoded by the worker, timed and shaped by its header.</summary>
internal static class RealCines
{
    public static async Task<(CineReading Reading, CineTiming Timing)> ReadAsync(CodecWorker decoder, string relativePath)
    {
        var path = RealData.RequireFile(relativePath);
        using var frames = await decoder.DecodeAsync(path, TestContext.Current.CancellationToken);
        var header = DicomFile.Read(path, DicomReadOptions.Header).Dataset;
        var timing = CineTiming.FromHeader(
            frames.SourceFrames[^1] + 1,
            header.GetDouble(DicomTags.FrameTime),
            header.GetDoubles(DicomTags.FrameTimeVector),
            header.GetDouble(DicomTags.CineRate),
            header.GetDouble(DicomTags.RecommendedDisplayFrameRate));
        var aspect = header.GetDoubles(DicomTags.PixelAspectRatio) is [var vertical and > 0, var horizontal and > 0] ? vertical / horizontal : 1;
        var pixels = new FramePixels(frames.Frames, frames.Rows, frames.Columns, frames.SamplesPerPixel, frames.Pixels);
        return (CineReading.Of(pixels, timing.Of(frames.SourceFrames), aspect), timing);
    }
}
