using System.Numerics;
using EchoClr.Phantom.Anatomy;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom;

/// <summary>Renders a video: anatomy, ultrasound physics, and the machine's screen around it. The same video renders to the same bytes.</summary>
public static class PhantomRenderer
{
    /// <summary>Takes one finished frame; the pixels are valid only during the call.</summary>
    public delegate void FrameSink(int index, ReadOnlySpan<byte> pixels);

    public static PhantomCine Render(PhantomVideo video, PhantomRenderOptions? options = null)
    {
        options ??= new PhantomRenderOptions();
        var take = SelectFrames(video, options);
        var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, options.Scale);
        var samples = options.Colour ? 3 : 1;
        var frameSize = layout.Width * layout.Height * samples;
        var pixels = new byte[take.Count * frameSize];
        var truth = Render(video, options, (index, frame) => frame.CopyTo(pixels.AsSpan(index * frameSize, frameSize)));
        var start = take.Count == 0 ? TimeSpan.Zero : video.FrameTimes[take[0]];
        return new PhantomCine(
            take.Count, layout.Height, layout.Width, samples, pixels, [.. take.Select(k => video.FrameTimes[k] - start)], video.Vendor.PixelAspectRatio, truth);
    }

    /// <summary>Renders frame by frame into a sink, so that large pictures need not be held all at once.</summary>
    /// <returns>Where the truth lies in each frame.</returns>
    public static IReadOnlyList<FrameTruth> Render(PhantomVideo video, PhantomRenderOptions options, FrameSink sink)
    {
        var take = SelectFrames(video, options);
        var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, options.Scale);
        var field = new EchoField(video.Settings.Sector);
        var scene = CreateScene(video);
        var placement = Place(video, scene);
        Matrix3x2.Invert(placement, out var inverse);
        field.Placement = placement;
        var imager = new EchoImager(video.Settings, PhantomRandom.For(video.Patient.Seed, video.Patient.Number, 10_000 + video.Index));
        var converter = new ScanConverter(field, layout, video.Vendor.Gamma);
        var cycle = new CardiacCycle(video.HeartRate);
        var samples = options.Colour ? 3 : 1;
        var screen = new Screen(video, layout, cycle, samples);
        var frame = new byte[layout.Width * layout.Height * samples];
        var grey = new byte[layout.Width * layout.Height];
        var truth = new FrameTruth[take.Count];
        for (var i = 0; i < take.Count; i++)
        {
            var time = video.FrameTimes[take[i]].TotalSeconds;
            var beat = cycle.At(video.StartSeconds + time);
            scene.Paint(field, beat);
            var sinceLast = i == 0 ? 0f : (float)(video.FrameTimes[take[i]] - video.FrameTimes[take[i - 1]]).TotalSeconds;
            imager.Image(field, p => Vector2.Transform(scene.MaterialOf(Vector2.Transform(p, inverse), beat), placement), sinceLast, options.FrameStep);
            converter.Convert(imager.Picture, grey);
            screen.Show(grey, converter.Pixels, frame, time, p => scene.FlowTowardsProbe(Vector2.Transform(p, inverse), beat));
            sink(i, frame);
            truth[i] = Locate(scene.Landmarks(beat), placement, layout);
        }

        return truth;
    }

    /// <summary>Which tissue each pixel of a frame shows: (H, W).</summary>
    public static Tissue[] LabelMap(PhantomVideo video, int frame, double scale = 1.0)
    {
        var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, scale);
        var scene = CreateScene(video);
        var field = new EchoField(video.Settings.Sector) { Placement = Place(video, scene) };
        scene.Paint(field, new CardiacCycle(video.HeartRate).At(video.StartSeconds + video.FrameTimes[frame].TotalSeconds));
        var labels = new Tissue[layout.Width * layout.Height];
        new ScanConverter(field, layout, 1f).ConvertLabels(field.Labels, labels);
        return labels;
    }

    private static List<int> SelectFrames(PhantomVideo video, PhantomRenderOptions options)
    {
        var take = new List<int>();
        for (var k = options.FirstFrame; k < video.FrameTimes.Count && take.Count < options.MaxFrames; k += options.FrameStep)
            take.Add(k);
        return take;
    }

    private static Scene CreateScene(PhantomVideo video) => video.Scene switch
    {
        PhantomScene.ParasternalLongAxis => new LongAxisScene(video.Patient),
        PhantomScene.ShortAxisMid => new ShortAxisScene(video.Patient),
        PhantomScene.ShortAxisAortic => new AorticShortAxisScene(video.Patient),
        PhantomScene.ApicalFourChamber => new ApicalScene(video.Patient, fourChambers: true),
        PhantomScene.ApicalTwoChamber => new ApicalScene(video.Patient, fourChambers: false),
        PhantomScene.Subcostal => new SubcostalScene(video.Patient),
        PhantomScene.Suprasternal => new SuprasternalScene(video.Patient),
        PhantomScene.Liver => new LiverScene(video.Patient),
        PhantomScene.ProbeInAir => new AirScene(),
        _ => throw new ArgumentOutOfRangeException(nameof(video), video.Scene, "no such scene"),
    };

    private static Matrix3x2 Place(PhantomVideo video, Scene scene) =>
        Matrix3x2.CreateScale(video.Patient.BodyScale * video.Oblique, video.Patient.BodyScale, scene.Centre)
        * Matrix3x2.CreateRotation(video.Rotation + video.Patient.Tilt, scene.Centre)
        * Matrix3x2.CreateTranslation(video.ShiftX, video.ShiftY);

    private static FrameTruth Locate(Landmarks landmarks, Matrix3x2 placement, PictureLayout layout)
    {
        Vector2? Pixel(Vector2? point)
        {
            if (point is null)
                return null;
            var pixel = layout.ToPixel(Vector2.Transform(point.Value, placement));
            return layout.Shows(pixel) ? pixel : null;
        }

        return new FrameTruth(Pixel(landmarks.AorticValve), Pixel(landmarks.Septum), Pixel(landmarks.PosteriorWall));
    }
}
