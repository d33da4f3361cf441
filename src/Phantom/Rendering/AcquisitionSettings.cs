namespace EchoClr.Phantom.Rendering;

/// <summary>A rib or a bad contact: beams that lose loudness below a depth.</summary>
/// <param name="Position">Across the sector, 0 left to 1 right.</param>
/// <param name="Width">Half-width across the sector, in the same unit.</param>
/// <param name="StartDepth">cm.</param>
/// <param name="LossDb">How much fainter the middle of the shadow is, dB.</param>
public sealed record AcousticShadow(float Position, float Width, float StartDepth, float LossDb);

/// <summary>How the machine was set for one video: everything here is nuisance and says nothing of the disease.</summary>
/// <param name="GainDb">Overall gain around the usual setting.</param>
/// <param name="TgcDb">Time-gain compensation at four depths, evenly spaced from the probe to the arc, dB.</param>
/// <param name="DynamicRangeDb">From black to white.</param>
/// <param name="FocusDepth">Where the beam is narrowest, cm.</param>
/// <param name="NoiseDb">Thermal noise at the arc, dB below white at gain 0.</param>
/// <param name="ClutterDb">Haze of reverberations at the probe, dB below white; it fades with depth.</param>
/// <param name="Persistence">Share of the last frame that is kept, 0–1.</param>
public sealed record AcquisitionSettings(
    SectorShape Sector, float GainDb, IReadOnlyList<float> TgcDb, float DynamicRangeDb, float FocusDepth, float NoiseDb, float ClutterDb, float Persistence,
    IReadOnlyList<AcousticShadow> Shadows);
