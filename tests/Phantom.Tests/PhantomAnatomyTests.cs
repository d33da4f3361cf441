using EchoClr.Phantom.Anatomy;
using EchoClr.Phantom.Rendering;

namespace EchoClr.Phantom.Tests;

/// <summary>The disease can be measured in the picture: that is what makes the labels learnable.</summary>
public sealed class PhantomAnatomyTests
{
    [Fact]
    public void LabelMap_Septum_IsAsThickAsTheTruthSays()
    {
        for (var number = 0; number < 12; number++)
        {
            // The beam crosses the septum at some angle: a straight placement keeps the measurement simple.
            var video = Straight(PhantomVideo.Draw(PhantomPatient.Draw(21, number), 0, PhantomScene.ParasternalLongAxis)) with { StartSeconds = 0f };
            var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, 1.0);
            var truth = PhantomRenderer.Render(video, new PhantomRenderOptions(MaxFrames: 1)).Truth[0];
            Assert.NotNull(truth.Septum);
            var measured = CountDown(PhantomRenderer.LabelMap(video, 0), layout.Width, (int)truth.Septum.Value.X, Tissue.Septum) / layout.PixelsPerCm.Y;
            Assert.InRange(measured, 0.75f * video.Patient.WallThickness, 1.45f * video.Patient.WallThickness + 0.1f);
        }
    }

    [Fact]
    public void LabelMap_ThickWall_MeasuresThickerThanThinWall()
    {
        float Area(float wall) => Count(
            PhantomPatient.Draw(5, 1) with { WallThickness = wall }, patient => PhantomVideo.Draw(patient, 0, PhantomScene.ParasternalLongAxis), Tissue.PosteriorWall);
        Assert.True(Area(1.5f) > 1.35f * Area(0.9f));
    }

    [Fact]
    public void Render_Stenosis_BrightensTheValveAndNothingElse()
    {
        var healthy = PhantomPatient.Draw(5, 2) with { AorticStenosis = 0.05f, LeafletThickness = 0.08f, LeafletBrightness = 0.2f, LeafletExcursion = 0.95f };
        var severe = healthy with { AorticStenosis = 0.8f, LeafletThickness = 0.26f, LeafletBrightness = 0.9f, LeafletExcursion = 0.3f };
        var (nearHealthy, farHealthy) = Brightness(healthy);
        var (nearSevere, farSevere) = Brightness(severe);
        Assert.True(nearSevere > nearHealthy + 12, $"the valve: {nearHealthy:F1} → {nearSevere:F1}");
        Assert.InRange(farSevere, farHealthy - 1, farHealthy + 1);
    }

    [Fact]
    public void Landmarks_AorticValve_LiesOnTheLeaflets()
    {
        for (var number = 0; number < 6; number++)
        {
            var video = PhantomVideo.Draw(PhantomPatient.Draw(31, number), 0, PhantomScene.ParasternalLongAxis);
            var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(Scale: 0.3, MaxFrames: 5, FrameStep: 7));
            for (var k = 0; k < cine.Frames; k++)
            {
                if (cine.Truth[k].AorticValve is not { } valve)
                    continue;
                var labels = PhantomRenderer.LabelMap(video, 7 * k, 0.3);
                var reach = (int)(0.1f * cine.Width);
                Assert.True(Near(labels, cine.Width, valve.X, valve.Y, reach).Contains(Tissue.AorticLeaflet), $"patient {number}, frame {k}");
            }
        }
    }

    [Fact]
    public void Render_Views_DifferMoreThanTwoVideosOfOneView()
    {
        PhantomScene[] scenes = [PhantomScene.ParasternalLongAxis, PhantomScene.ShortAxisMid, PhantomScene.ApicalFourChamber, PhantomScene.ApicalTwoChamber];
        var means = scenes.Select(scene => MeanShape(scene, 0, 40)).ToArray();
        var again = scenes.Select(scene => MeanShape(scene, 40, 40)).ToArray();
        for (var i = 0; i < scenes.Length; i++)
        {
            var same = Distance(means[i], again[i]);
            for (var j = 0; j < scenes.Length; j++)
                if (j != i)
                    Assert.True(Distance(means[i], again[j]) > 1.5 * same, $"{scenes[i]} and {scenes[j]}");
        }
    }

    private static PhantomVideo Straight(PhantomVideo video) => video with { Rotation = -video.Patient.Tilt, ShiftX = 0, ShiftY = 0, Oblique = 1 };

    private static float CountDown(Tissue[] labels, int width, int x, Tissue tissue)
    {
        var count = 0;
        for (var i = x; i < labels.Length; i += width)
            count += labels[i] == tissue ? 1 : 0;
        return count;
    }

    private static float Count(PhantomPatient patient, Func<PhantomPatient, PhantomVideo> draw, Tissue tissue) =>
        PhantomRenderer.LabelMap(draw(patient), 0).Count(label => label == tissue);

    private static HashSet<Tissue> Near(Tissue[] labels, int width, float x, float y, int reach)
    {
        var found = new HashSet<Tissue>();
        for (var row = Math.Max((int)y - reach, 0); row <= (int)y + reach && (row + 1) * width <= labels.Length; row++)
            for (var column = Math.Max((int)x - reach, 0); column <= Math.Min((int)x + reach, width - 1); column++)
                found.Add(labels[row * width + column]);
        return found;
    }

    /// <summary>Mean grey within 1 cm of the valve, and further than 3 cm from it.</summary>
    private static (double Near, double Far) Brightness(PhantomPatient patient)
    {
        var video = PhantomVideo.Draw(patient, 0, PhantomScene.ParasternalLongAxis);
        var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, 1.0);
        var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(FrameStep: 4));
        double near = 0, far = 0;
        long nearCount = 0, farCount = 0;
        for (var k = 0; k < cine.Frames; k++)
        {
            var frame = cine.Frame(k);
            var valve = cine.Truth[k].AorticValve!.Value;
            for (var y = layout.Top; y < layout.Bottom; y++)
                for (var x = layout.Left; x < layout.Right; x++)
                {
                    var cm = (new System.Numerics.Vector2(x, y) - valve) / layout.PixelsPerCm;
                    if (cm.Length() < 1f)
                        (near, nearCount) = (near + frame[y * cine.Width + x], nearCount + 1);
                    else if (cm.Length() > 3f)
                        (far, farCount) = (far + frame[y * cine.Width + x], farCount + 1);
                }
        }

        return (near / nearCount, far / farCount);
    }

    /// <summary>How often each place of a coarse grid (in centimetres) shows blood, over patients.</summary>
    private static double[] MeanShape(PhantomScene scene, int first, int count)
    {
        const int Grid = 24;
        var mean = new double[Grid * Grid];
        for (var number = first; number < first + count; number++)
        {
            var video = PhantomVideo.Draw(PhantomPatient.Draw(77, number), 0, scene);
            var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, 0.25);
            var labels = PhantomRenderer.LabelMap(video, 0, 0.25);
            for (var i = 0; i < mean.Length; i++)
            {
                var pixel = layout.ToPixel(new System.Numerics.Vector2((i % Grid - Grid / 2f) * 0.6f, (i / Grid) * 0.6f));
                if (layout.Shows(pixel) && labels[(int)pixel.Y * layout.Width + (int)pixel.X] == Tissue.Blood)
                    mean[i] += 1.0 / count;
            }
        }

        return mean;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
