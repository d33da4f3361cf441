namespace EchoClr.VideoModels.Clips;

/// <summary>What a multi-frame picture shows, judged by its pixels: regions and ImageType in real headers are missing or wrong.</summary>
public enum CineContent
{
    /// <summary>A moving grey-scale sector: may be analysed.</summary>
    BMode,

    /// <summary>Flow is painted over the sector.</summary>
    ColourDoppler,

    /// <summary>One frame, or frames that are all alike.</summary>
    Still,

    /// <summary>Spectral Doppler or M-mode.</summary>
    Trace,

    /// <summary>Nothing that keeps changing is large enough to be a sector.</summary>
    NoSector,

    /// <summary>A moving sector, but fewer than <see cref="CineReading.MinFrames"/> frames or less than <see cref="CineReading.MinDuration"/>.</summary>
    TooShort,
}
