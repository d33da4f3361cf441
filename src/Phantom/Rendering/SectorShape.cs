namespace EchoClr.Phantom.Rendering;

/// <summary>The scanned sector in centimetres: the probe at the origin, y into the body.</summary>
/// <param name="HalfAngle">Radians from the middle line to either edge.</param>
/// <param name="Depth">Centimetres from the probe to the arc.</param>
public sealed record SectorShape(float HalfAngle, float Depth);
