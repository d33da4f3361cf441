using System.Numerics;
using EchoClr.Phantom.Anatomy;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Rendering;

/// <summary>Stills: M-mode (one beam over time) and the spectrum of continuous-wave Doppler through the aortic valve. RGB, at the machine's size.</summary>
public static class StillPicture
{
    private const float Seconds = 3f; // what fits on the screen

    /// <summary>Where the trace lies, as fractions of the picture: the lower two thirds, as machines do.</summary>
    private static (int Left, int Top, int Columns, int Rows) TraceArea(PhantomVendor vendor) =>
        ((int)(0.06f * vendor.Columns), (int)(0.42f * vendor.Rows), (int)(0.86f * vendor.Columns), (int)(0.5f * vendor.Rows));

    /// <summary>In pixels, for the region's calibration.</summary>
    public static (int X0, int Y0, int X1, int Y1, double SecondsPerPixel) TraceRegion(PhantomVendor vendor)
    {
        var (left, top, columns, rows) = TraceArea(vendor);
        return (left, top, left + columns - 1, top + rows - 1, Seconds / columns);
    }

    /// <summary>The beam in the middle of the picture, frame after frame of the recording, repeated until the screen is full.</summary>
    public static byte[] MMode(PhantomVideo video)
    {
        var cine = PhantomRenderer.Render(video);
        var layout = PictureLayout.For(video.Vendor, video.Settings.Sector, 1);
        var still = WithThumbnail(video, cine);
        var canvas = new FrameCanvas(still, cine.Width, cine.Height, 3);
        var (left, top, columns, rows) = TraceArea(video.Vendor);
        var duration = cine.FrameTimes[^1].TotalSeconds;
        for (var c = 0; c < columns; c++)
        {
            var at = c * (double)Seconds / columns % duration;
            var index = 0;
            while (index + 2 < cine.Frames && cine.FrameTimes[index + 1].TotalSeconds <= at)
                index++;
            var mix = (at - cine.FrameTimes[index].TotalSeconds) / (cine.FrameTimes[index + 1] - cine.FrameTimes[index]).TotalSeconds;
            for (var r = 0; r < rows; r++)
            {
                var y = layout.Top + r * (layout.Bottom - layout.Top) / rows;
                var pixel = y * cine.Width + (int)layout.Apex.X;
                var grey = (byte)(cine.Frame(index)[pixel] * (1 - mix) + cine.Frame(index + 1)[pixel] * mix);
                canvas.Set(left + c, top + r, new Rgb(grey, grey, grey));
            }
        }

        DrawFrame(canvas, video, "M-MODE");
        return still;
    }

    /// <summary>Velocity away from the probe is drawn downwards; its peak follows from the stenosis, as it does in life.</summary>
    public static byte[] Spectrum(PhantomVideo video)
    {
        var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(MaxFrames: 1));
        var still = WithThumbnail(video, cine);
        var canvas = new FrameCanvas(still, cine.Width, cine.Height, 3);
        var (left, top, columns, rows) = TraceArea(video.Vendor);
        var random = PhantomRandom.For(video.Patient.Seed, video.Patient.Number, 30_000 + video.Index);
        var cycle = new CardiacCycle(video.HeartRate);
        var peak = 1.1f + 3.9f * video.Patient.AorticStenosis; // m/s
        const float Scale = 6.5f; // m/s over the whole height
        var baseline = rows * 0.2f;
        for (var c = 0; c < columns; c++)
        {
            var time = video.StartSeconds + c * Seconds / columns;
            var envelope = Envelope(cycle, time) * peak / Scale * rows;
            var inflow = cycle.At(time).MitralOpening * 0.8f / Scale * rows;
            for (var r = 0; r < rows; r++)
            {
                var v = r - baseline;
                var inside = v > 0 ? v < envelope : -v < inflow;
                var edge = v > 0 && envelope > 4f ? 0.45f + 0.55f * v / envelope : 0.6f;
                var level = inside ? 150f * edge : 9f;
                var speckle = random.NormalPair().Length() * 0.8f;
                var grey = (byte)Math.Clamp(level * speckle + (MathF.Abs(v) < 1f ? 90f : 0f), 0f, 255f);
                canvas.Set(left + c, top + r, new Rgb(grey, grey, grey));
            }
        }

        DrawFrame(canvas, video, "CW AV");
        return still;
    }

    /// <summary>Ejection: rises within the first third of systole when the valve is free; the curve is a half wave.</summary>
    private static float Envelope(CardiacCycle cycle, double time)
    {
        var inBeat = (float)(time - Math.Floor(time / cycle.PeriodSeconds) * cycle.PeriodSeconds);
        var u = (inBeat - 0.05f) / MathF.Max(cycle.EndSystole - 0.05f, 0.1f);
        return u is <= 0f or >= 1f ? 0f : MathF.Pow(MathF.Sin(MathF.PI * MathF.Pow(u, 0.8f)), 0.8f);
    }

    /// <summary>A black screen with the B-mode picture small on top.</summary>
    private static byte[] WithThumbnail(PhantomVideo video, PhantomCine cine)
    {
        var still = new byte[3 * cine.Width * cine.Height];
        var canvas = new FrameCanvas(still, cine.Width, cine.Height, 3);
        var first = cine.Frame(0);
        const int Shrink = 3;
        for (var y = 0; y < cine.Height / Shrink; y++)
            for (var x = 0; x < cine.Width / Shrink; x++)
            {
                var grey = first[y * Shrink * cine.Width + x * Shrink];
                canvas.Set(cine.Width / 3 + x, cine.Height / 25 + y, new Rgb(grey, grey, grey));
            }

        canvas.Text(4, 4, $"SYNTHETIC {video.Patient.PatientId}", video.Vendor.TextColour, 1);
        return still;
    }

    private static void DrawFrame(FrameCanvas canvas, PhantomVideo video, string title)
    {
        var (left, top, columns, rows) = TraceArea(video.Vendor);
        var colour = video.Vendor.TextColour;
        canvas.Line(new Vector2(left, top), new Vector2(left + columns, top), colour);
        canvas.Line(new Vector2(left, top + rows), new Vector2(left + columns, top + rows), colour);
        canvas.Text(left, top - 12, title, colour, 1);
        var cycle = new CardiacCycle(video.HeartRate);
        for (var c = 1; c < columns; c++)
        {
            float Y(int column) => top + rows - 4 - 0.12f * rows * cycle.At(video.StartSeconds + column * (double)Seconds / columns).Ecg;
            canvas.Line(new Vector2(left + c - 1, Y(c - 1)), new Vector2(left + c, Y(c)), video.Vendor.EcgColour);
        }
    }
}
