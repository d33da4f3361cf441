namespace EchoClr.VideoModels.Clips;

/// <summary>What cines are cut down to for learning. Whatever changes a pixel of a clip changes <see cref="Pipeline"/>: clips of two pipelines are never mixed in a cohort.</summary>
public static class ClipFormat
{
    /// <summary>Masking, scaling and format of the clips.</summary>
    public const string Pipeline = "echoclip-1";

    /// <summary>The side of the square that the sector is fitted into without distortion: EchoCLR's, so that a full-size network needs no scaling.</summary>
    public const int Size = 112;

    /// <summary>The first of a long cine: five seconds at 50 frames a second, five beats and more. (EchoCLR keeps 100.)</summary>
    public const int MaxFrames = 250;
}
