using EchoClr.Phantom.Rendering;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom;

/// <summary>One recording of one patient: which scene, on which machine, with which settings. All chance in it is nuisance, independent of the disease.</summary>
public sealed record PhantomVideo
{
    public required PhantomPatient Patient { get; init; }
    public required int Index { get; init; }
    public required PhantomScene Scene { get; init; }
    public required PhantomVendor Vendor { get; init; }
    public required AcquisitionSettings Settings { get; init; }

    /// <summary>Colour Doppler: a colour box lies over the B-mode picture.</summary>
    public required bool ColourDoppler { get; init; }

    /// <summary>Radians by which the probe was turned.</summary>
    public required float Rotation { get; init; }

    /// <summary>Centimetres by which the probe was shifted.</summary>
    public required float ShiftX { get; init; }
    public required float ShiftY { get; init; }

    /// <summary>An oblique cut widens or narrows what it shows.</summary>
    public required float Oblique { get; init; }
    public required float HeartRate { get; init; }

    /// <summary>Where in the beat the recording begins, in seconds after the R peak.</summary>
    public required float StartSeconds { get; init; }

    /// <summary>When each frame was taken, from the first on.</summary>
    public required IReadOnlyList<TimeSpan> FrameTimes { get; init; }

    public PhantomView View => ColourDoppler ? PhantomView.Other : Scene.View();

    public static PhantomVideo Draw(PhantomPatient patient, int index, PhantomScene scene, bool colourDoppler = false)
    {
        var random = PhantomRandom.For(patient.Seed, patient.Number, 100 + index);
        var vendor = PhantomVendor.All[patient.VendorIndex];
        var apical = scene is PhantomScene.ApicalFourChamber or PhantomScene.ApicalTwoChamber;
        var sector = new SectorShape(random.Uniform(35f, 46f) * MathF.PI / 180f, random.Uniform(13f, 18.5f) + (apical ? 1.2f : 0f));
        var heartRate = patient.HeartRate * random.Uniform(0.93f, 1.07f);
        return new PhantomVideo
        {
            Patient = patient,
            Index = index,
            Scene = scene,
            Vendor = vendor,
            Settings = DrawSettings(random, sector),
            ColourDoppler = colourDoppler,
            Rotation = random.Uniform(-12f, 12f) * MathF.PI / 180f,
            ShiftX = random.Uniform(-1f, 1f),
            ShiftY = random.Uniform(-0.6f, 0.6f),
            Oblique = random.Uniform(0.93f, 1.12f),
            HeartRate = heartRate,
            StartSeconds = random.NextUnit() * 60f / heartRate,
            FrameTimes = DrawFrameTimes(random, vendor, colourDoppler ? MathF.Min(patient.FrameRate, 25f) : patient.FrameRate),
        };
    }

    private static AcquisitionSettings DrawSettings(PhantomRandom random, SectorShape sector)
    {
        var shadows = new List<AcousticShadow>();
        if (random.Chance(0.5f))
            shadows.Add(new AcousticShadow(random.NextUnit(), random.Uniform(0.03f, 0.09f), random.Uniform(0.2f, 2f), random.Uniform(8f, 22f)));
        // Contact is worst at the edges of the footprint.
        shadows.Add(new AcousticShadow(random.Chance(0.5f) ? 0f : 1f, random.Uniform(0.04f, 0.16f), 0f, random.Uniform(4f, 16f)));
        return new AcquisitionSettings(
            sector,
            GainDb: random.Uniform(-9f, 9f),
            TgcDb: [random.Uniform(-8f, 8f), random.Uniform(-8f, 8f), random.Uniform(-8f, 8f), random.Uniform(-8f, 8f)],
            DynamicRangeDb: random.Uniform(46f, 60f),
            FocusDepth: random.Uniform(6f, 11f),
            NoiseDb: random.Uniform(-52f, -40f),
            ClutterDb: random.Uniform(-32f, -18f),
            Persistence: random.Uniform(0f, 0.35f),
            shadows);
    }

    private static List<TimeSpan> DrawFrameTimes(PhantomRandom random, PhantomVendor vendor, float frameRate)
    {
        var count = Math.Max(10, (int)(random.Uniform(1.25f, 1.75f) * frameRate));
        var step = Math.Round(1000.0 / frameRate, vendor.Timing == FrameTiming.WholeMilliseconds ? 0 : 3);
        var times = new List<TimeSpan>(count);
        for (var k = 0; k < count; k++)
            times.Add(TimeSpan.FromMilliseconds(vendor.Timing == FrameTiming.UnevenFrameTimeVector
                ? Math.Round(Math.Round(k * MathF.Max(vendor.Ticks / frameRate, 1f), MidpointRounding.AwayFromZero) * 1000.0 / vendor.Ticks, 3)
                : k * step));

        return times;
    }
}
