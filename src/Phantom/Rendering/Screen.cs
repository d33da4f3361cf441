using System.Numerics;
using EchoClr.Phantom.Anatomy;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Rendering;

/// <summary>The machine's screen: the tinted sector, colour Doppler, and the furniture around it (text, depth ticks, grey bar, ECG).</summary>
internal sealed class Screen
{
    private const float EcgWindowSeconds = 3f;

    private readonly PhantomVideo _video;
    private readonly PictureLayout _layout;
    private readonly CardiacCycle _cycle;
    private readonly int _samples;
    private readonly int _dot; // pixels a dot of the font takes
    private readonly ColourBox? _colour;
    private readonly byte[] _furniture; // what stays the same in every frame
    private readonly byte[] _tints = new byte[3 * 256];

    public Screen(PhantomVideo video, PictureLayout layout, CardiacCycle cycle, int samples)
    {
        _video = video;
        _layout = layout;
        _cycle = cycle;
        _samples = samples;
        _dot = Math.Max(1, (int)MathF.Round(layout.Height / 420f));
        _colour = video.ColourDoppler ? new ColourBox(video, layout) : null;
        _furniture = new byte[layout.Width * layout.Height * samples];
        var canvas = new FrameCanvas(_furniture, layout.Width, layout.Height, samples);
        DrawTexts(canvas);
        DrawTicks(canvas);
        DrawBars(canvas);
        var tint = video.Vendor.Tint;
        for (var grey = 0; grey < 256; grey++)
        {
            var shade = new Rgb((byte)(grey * tint.R / 255), (byte)(grey * tint.G / 255), (byte)(grey * tint.B / 255));
            if (samples == 1)
                _tints[grey] = shade.Luma;
            else
                (_tints[3 * grey], _tints[3 * grey + 1], _tints[3 * grey + 2]) = (shade.R, shade.G, shade.B);
        }
    }

    /// <param name="grey">The scan-converted sector: (H, W).</param>
    /// <param name="sector">Which pixels the sector fills.</param>
    /// <param name="time">Seconds since the first frame.</param>
    /// <param name="flow">Blood's velocity towards the probe at a point in the probe's plane, cm/s.</param>
    public void Show(ReadOnlySpan<byte> grey, ReadOnlySpan<int> sector, Span<byte> frame, double time, Func<Vector2, float> flow)
    {
        _furniture.CopyTo(frame);
        Tint(grey, sector, frame);
        var canvas = new FrameCanvas(frame, _layout.Width, _layout.Height, _samples);
        _colour?.Draw(canvas, grey, flow);
        DrawEcg(canvas, time);
    }

    private void Tint(ReadOnlySpan<byte> grey, ReadOnlySpan<int> sector, Span<byte> frame)
    {
        if (_samples == 1)
        {
            foreach (var pixel in sector)
                frame[pixel] = _tints[grey[pixel]];
            return;
        }

        foreach (var pixel in sector)
        {
            var shade = 3 * grey[pixel];
            var rgb = frame.Slice(3 * pixel, 3);
            rgb[0] = _tints[shade];
            rgb[1] = _tints[shade + 1];
            rgb[2] = _tints[shade + 2];
        }
    }

    private void DrawTexts(FrameCanvas canvas)
    {
        var vendor = _video.Vendor;
        var colour = vendor.TextColour;
        var line = 9 * _dot;
        var settings = _video.Settings;
        if (vendor.Top > 0.05f)
        {
            canvas.Rectangle(0, 0, canvas.Width, 2 * line, new Rgb(46, 46, 58));
            canvas.Text(canvas.Width / 3, _dot, "SYNTHETIC ADULT HEART", colour, _dot);
            canvas.Text(2 * _dot, line, _video.Patient.PatientId, colour, _dot);
            canvas.Text(canvas.Width - 60 * _dot, line, $"{_video.HeartRate:000} BPM", colour, _dot);
        }
        else
        {
            canvas.Text(2 * _dot, 2 * _dot, "PHANTOM", colour, _dot);
        }

        var y = canvas.Height / 3;
        var x = 2 * _dot;
        foreach (var text in (string[])[vendor.Model, $"{settings.Sector.Depth:F1}CM", $"G {50 + settings.GainDb:F0}", $"DR {settings.DynamicRangeDb:F0}",
                     $"{_video.Patient.FrameRate:F0} FPS"])
        {
            canvas.Text(x, y, text, colour, _dot);
            y += line;
        }
    }

    /// <summary>A tick each centimetre beside the sector, a longer one every five, and the mark that says which way the probe is turned.</summary>
    private void DrawTicks(FrameCanvas canvas)
    {
        var colour = _video.Vendor.TextColour;
        var sector = _video.Settings.Sector;
        for (var cm = 0; cm <= (int)sector.Depth; cm++)
        {
            var along = _layout.ToPixel(new Vector2(MathF.Sin(sector.HalfAngle), MathF.Cos(sector.HalfAngle)) * (cm + 0.2f)) + new Vector2(6f * _dot, 0f);
            var x = (int)MathF.Min(along.X, _layout.Right - 8f * _dot);
            var size = cm % 5 == 0 ? 2 * _dot : _dot;
            canvas.Rectangle(x, (int)along.Y, size, size, colour);
            if (cm % 5 == 0 && cm > 0)
                canvas.Text(x + 4 * _dot, (int)along.Y - 3 * _dot, $"{cm}", colour, _dot);
        }

        var mark = _layout.Apex + new Vector2(10f * _dot, 4f * _dot);
        canvas.Line(mark, mark + new Vector2(4f, 6f) * _dot, new Rgb(90, 220, 200));
        canvas.Line(mark + new Vector2(4f, 6f) * _dot, mark + new Vector2(8f, 0f) * _dot, new Rgb(90, 220, 200));
    }

    private void DrawBars(FrameCanvas canvas)
    {
        var x = canvas.Width - 9 * _dot;
        var y = canvas.Height / 12;
        var rows = canvas.Height / 6;
        for (var r = 0; r < rows; r++)
        {
            var v = (byte)(255 - 255 * r / rows);
            canvas.Rectangle(x, y + r, 6 * _dot, 1, new Rgb(v, v, v));
        }

        if (_colour is null)
            return;
        y += rows + 12 * _dot;
        for (var r = 0; r < rows; r++)
            canvas.Rectangle(x, y + r, 6 * _dot, 1, ColourBox.ColourOf(1f - 2f * r / rows));
        canvas.Text(x - 22 * _dot, y - 9 * _dot, $"+{_colour.Nyquist:F0}", _video.Vendor.TextColour, _dot);
        canvas.Text(x - 22 * _dot, y + rows + 2 * _dot, $"-{_colour.Nyquist:F0}", _video.Vendor.TextColour, _dot);
    }

    /// <summary>The trace sweeps from left to right and begins anew; a bar stands at now. It may touch the sector, as it does on real machines.</summary>
    private void DrawEcg(FrameCanvas canvas, double time)
    {
        var baseline = canvas.Height * (_video.Vendor.Bottom < 0.95f ? 0.90f : 0.94f);
        var height = canvas.Height * 0.06f;
        var left = canvas.Width * 0.08f;
        var width = canvas.Width * 0.62f;
        var now = _video.StartSeconds + time;
        var sweep = Math.Floor(now / EcgWindowSeconds) * EcgWindowSeconds;
        var before = new Vector2(left, baseline);
        for (var k = 0; k <= (int)width; k++)
        {
            // Right of the bar the last sweep still shows.
            var at = sweep + k / width * EcgWindowSeconds;
            if (at > now)
                at -= EcgWindowSeconds;
            var point = new Vector2(left + k, baseline - height * _cycle.At(at).Ecg);
            if (k > 0)
                canvas.Line(before, point, _video.Vendor.EcgColour);
            before = point;
        }

        var bar = (int)(left + width * (now - sweep) / EcgWindowSeconds);
        canvas.Rectangle(bar, (int)(baseline - height), Math.Max(1, _dot), (int)(1.3f * height), _video.Vendor.EcgColour);
    }
}
