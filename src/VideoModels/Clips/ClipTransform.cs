namespace EchoClr.VideoModels.Clips;

/// <summary>
/// Where a clip's pixels lie in the cine. Coordinates are continuous: pixel i covers i to i + 1, its middle is at i + 0.5, and the top left corner of either
/// picture is (0, 0), as SCOORD counts (PS3.3 C.18.6.1.2).
/// </summary>
/// <param name="Left">Where the clip's left edge lies in the cine; negative when the clip is padded.</param>
/// <param name="ScaleX">Cine pixels to one clip pixel, along a row.</param>
/// <param name="ScaleY">The same along a column; differs from <paramref name="ScaleX"/> when the cine's pixels are not square, for the clip's are.</param>
public readonly record struct ClipTransform(double Left, double Top, double ScaleX, double ScaleY)
{
    public (double X, double Y) ToCine(double clipX, double clipY) => (Left + clipX * ScaleX, Top + clipY * ScaleY);

    public (double X, double Y) ToClip(double cineX, double cineY) => ((cineX - Left) / ScaleX, (cineY - Top) / ScaleY);
}
