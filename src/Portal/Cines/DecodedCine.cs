namespace EchoClr.Portal.Cines;

/// <summary>A cine ready for the player: each frame as JPEG, and when it was taken.</summary>
/// <param name="Times">Milliseconds since the first frame, one a frame.</param>
/// <param name="TimesAssumed">The header tells no usable times.</param>
/// <param name="SourceFrames">Each frame's number in the file, from 1: damaged ones are left out.</param>
internal sealed record DecodedCine(IReadOnlyList<byte[]> Jpegs, int Rows, int Columns, IReadOnlyList<double> Times, bool TimesAssumed, IReadOnlyList<int> SourceFrames)
{
    public long Bytes { get; } = Jpegs.Sum(jpeg => (long)jpeg.Length);
}
