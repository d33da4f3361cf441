namespace EchoClr.VideoModels.Clips;

/// <summary>
/// A cine as the networks know it: the masked sector in a square, one frame every <see cref="Interval"/>. Windows are cut from it by
/// <see cref="Prediction.ClipWindows"/>; grey levels stay as stored, since stretching each clip to its own range would throw the gain away.
/// </summary>
/// <param name="Pixels">(T, S, S); 0 outside the sector.</param>
/// <param name="Mask">(S, S): which pixels lie in the sector for the most part.</param>
/// <param name="SourceFrames">For each frame the number of the cine's frame that it shows, from 0.</param>
/// <param name="Transform">From clip pixels to cine pixels.</param>
public sealed record ClipInput(int Frames, int Size, TimeSpan Interval, byte[] Pixels, bool[] Mask, IReadOnlyList<int> SourceFrames, ClipTransform Transform)
{
    /// <summary>(S, S).</summary>
    public ReadOnlySpan<byte> Frame(int index) => Pixels.AsSpan(index * Size * Size, Size * Size);

    /// <summary>The cine ends before a window of so many frames does; the window then begins the clip again, as a viewer plays it.</summary>
    public bool Loops(int windowFrames) => Frames < windowFrames;
}
