namespace EchoClr.VideoModels.Clips;

/// <summary>What was found in the decoded frames of one file: the grey cine and its sector where it can be analysed, else why not.</summary>
/// <param name="FlowShare">The share of the sector that is filled with flow, in the frame with the most.</param>
public sealed record CineReading(Cine Cine, CineContent Content, SectorMask? Sector, double FlowShare)
{
    /// <summary>Fewer frames show no motion to judge by. The shortest real B-mode cines, stress echo systoles, have 10.</summary>
    public const int MinFrames = 8;

    /// <summary>A third of the shortest heart cycle (180 beats a minute) and more; the real stress systoles last 0.36 s.</summary>
    public static readonly TimeSpan MinDuration = TimeSpan.FromSeconds(0.25);

    // In its fullest frame flow fills 2.7 to 20 % of the sector in the real colour cines and 0.6 % in the faintest phantom; an ECG trace that crosses it fills 0.03 %.
    private const double MinFlowShare = 0.002;

    public bool CanBeAnalyzed => Content == CineContent.BMode;

    /// <summary>Why the cine cannot be analysed, in a reader's words; null when it can.</summary>
    public string? Reason => Content switch
    {
        CineContent.BMode => null,
        CineContent.ColourDoppler => "colour Doppler",
        CineContent.Still => "still",
        CineContent.Trace => "spectral Doppler or M-mode",
        CineContent.NoSector => "no sector found",
        _ => "too short",
    };

    /// <param name="frameTimes">One for each frame, strictly increasing.</param>
    /// <param name="region">The rectangle of an ultrasound region in the header, if it states one.</param>
    public static CineReading Of(FramePixels pixels, IReadOnlyList<TimeSpan> frameTimes, double pixelAspectRatio = 1, PixelRectangle? region = null)
    {
        var colours = ColourMap.Of(pixels);
        var cine = new Cine(pixels.Frames, pixels.Height, pixels.Width, Grey(pixels), frameTimes, pixelAspectRatio);
        var activity = Activity.Of(cine);
        if (!activity.Changes.AsSpan().ContainsAnyExcept(0))
            return new CineReading(cine, CineContent.Still, null, 0);
        if (TraceDisplay.Is(cine, activity))
            return new CineReading(cine, CineContent.Trace, null, 0);
        // Flow is looked for in the whole changing area; coloured graphics are taken out only when there is no flow, for flow is coloured too.
        if (SectorMask.Find(cine, activity, _ => false, region) is not { } moving)
            return new CineReading(cine, CineContent.NoSector, null, 0);
        var flow = colours.FlowShare(pixels, moving);
        if (flow >= MinFlowShare)
            return new CineReading(cine, CineContent.ColourDoppler, moving, flow);
        if (SectorMask.Find(cine, activity, colours.EverColoured, region) is not { } sector)
            return new CineReading(cine, CineContent.NoSector, null, flow);
        colours.Blacken(pixels, cine.Pixels);
        var tooShort = cine.Frames < MinFrames || cine.FrameTimes[^1] < MinDuration;
        return new CineReading(cine, tooShort ? CineContent.TooShort : CineContent.BMode, sector, flow);
    }

    // (T, H, W).
    private static byte[] Grey(FramePixels pixels)
    {
        var source = pixels.Pixels.Span;
        if (pixels.Samples == 1)
            return source.ToArray();
        var grey = new byte[pixels.Frames * pixels.Height * pixels.Width];
        for (int p = 0, i = 0; p < grey.Length; p++, i += 3)
            grey[p] = FramePixels.Luma(source[i], source[i + 1], source[i + 2]);
        return grey;
    }
}
