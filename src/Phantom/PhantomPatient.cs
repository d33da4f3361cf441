namespace EchoClr.Phantom;

/// <summary>
/// A person who does not exist, with the truth of their heart. Disease is a cause in the anatomy (valve, walls); everything else is drawn independently of it,
/// so that body size, heart rate, machine or picture quality cannot predict a label.
/// </summary>
public sealed record PhantomPatient
{
    /// <summary>Severe aortic stenosis begins here on the severity scale 0–1.</summary>
    public const float SevereAorticStenosisCut = 0.5f;

    /// <summary>Left ventricular hypertrophy begins here, cm of wall at end-diastole.</summary>
    public const float HypertrophyCut = 1.2f;

    private const float AorticStenosisPrevalence = 0.20f;
    private const float HypertrophyPrevalence = 0.30f;

    public required long Seed { get; init; }
    public required int Number { get; init; }

    /// <summary>Aortic stenosis, 0 none to 1 worst: leaflets thicken, brighten and open less.</summary>
    public required float AorticStenosis { get; init; }

    /// <summary>Mean of septum and posterior wall at end-diastole, cm.</summary>
    public required float WallThickness { get; init; }

    public bool HasSevereAorticStenosis => AorticStenosis >= SevereAorticStenosisCut;
    public bool HasHypertrophy => WallThickness >= HypertrophyCut;

    /// <summary>Leaflet thickness, cm, and brightness (1 = white at gain 0): graded with severity, with a spread of its own.</summary>
    public required float LeafletThickness { get; init; }
    public required float LeafletBrightness { get; init; }

    /// <summary>How far the aortic leaflets open, 0–1.</summary>
    public required float LeafletExcursion { get; init; }

    /// <summary>Septum over posterior wall.</summary>
    public required float SeptalRatio { get; init; }

    /// <summary>Size of the whole heart.</summary>
    public required float BodyScale { get; init; }

    /// <summary>Half the left ventricle's diameter at end-diastole, cm.</summary>
    public required float VentricleRadius { get; init; }
    public required float FractionalShortening { get; init; }

    /// <summary>Aortic annulus, cm.</summary>
    public required float AorticDiameter { get; init; }

    /// <summary>Relative size of the left atrium and of the right heart.</summary>
    public required float AtriumScale { get; init; }
    public required float RightHeartScale { get; init; }

    /// <summary>How the heart lies in the chest: radians added in every view.</summary>
    public required float Tilt { get; init; }
    public required float HeartRate { get; init; }

    /// <summary>Frames per second the machine reaches with this patient's settings.</summary>
    public required float FrameRate { get; init; }

    /// <summary>Brightness factors of muscle and of pericardium.</summary>
    public required float MuscleBrightness { get; init; }
    public required float PericardiumBrightness { get; init; }

    /// <summary>Brightness factor of lung and mediastinum.</summary>
    public required float BackgroundBrightness { get; init; }

    /// <summary>Which machine of <see cref="Vendors.PhantomVendor.All"/> scans this patient.</summary>
    public required int VendorIndex { get; init; }

    /// <summary>For DICOM: clearly not a person.</summary>
    public string PatientId => $"PHANTOM-{Seed}-{Number:D5}";

    /// <param name="seed">Of the cohort; patients of different seeds or numbers share nothing.</param>
    /// <param name="borderline">Share of patients that lie close to the cuts, where even the truth is a matter of definition.</param>
    public static PhantomPatient Draw(long seed, int number, float borderline = 0.15f)
    {
        var disease = PhantomRandom.For(seed, number, 1);
        var body = PhantomRandom.For(seed, number, 2);
        var severity = DrawSeverity(disease, borderline);
        return new PhantomPatient
        {
            Seed = seed,
            Number = number,
            AorticStenosis = severity,
            WallThickness = DrawWall(disease, borderline),
            LeafletThickness = disease.Uniform(0.07f + 0.13f * severity, 0.06f + 0.34f * severity),
            LeafletBrightness = float.Lerp(
                (0.22f + 0.75f * severity) * disease.Uniform(0.6f, 1f), (0.15f + 1.3f * severity) * disease.Uniform(0.8f, 1f), disease.NextUnit()),
            LeafletExcursion = (1f - 0.85f * severity) * disease.Uniform(0.9f, 1f),
            SeptalRatio = body.Uniform(0.94f, 1.1f),
            BodyScale = body.Uniform(0.92f, 1.08f),
            VentricleRadius = body.Uniform(2.1f, 2.6f),
            FractionalShortening = body.Uniform(0.26f, 0.40f),
            AorticDiameter = body.Uniform(1.9f, 2.3f),
            AtriumScale = body.Uniform(0.85f, 1.2f),
            RightHeartScale = body.Uniform(0.85f, 1.15f),
            Tilt = body.Uniform(-10f, 10f) * MathF.PI / 180f,
            HeartRate = body.Uniform(52f, 105f),
            FrameRate = body.Pick([25f, 30f, 40f, 50f]),
            MuscleBrightness = body.Uniform(0.7f, 1.3f),
            PericardiumBrightness = body.Uniform(0.7f, 1.3f),
            BackgroundBrightness = body.Uniform(0.25f, 1.1f),
            VendorIndex = body.Next(Vendors.PhantomVendor.All.Count),
        };
    }

    private static float DrawSeverity(PhantomRandom random, float borderline)
    {
        var severe = random.Chance(AorticStenosisPrevalence);
        var u = random.NextUnit();
        if (random.Chance(borderline))
            return severe ? SevereAorticStenosisCut + 0.12f * u : SevereAorticStenosisCut - 0.001f - 0.12f * u;
        return severe ? 0.62f + 0.38f * u : 0.36f * u;
    }

    private static float DrawWall(PhantomRandom random, float borderline)
    {
        var thick = random.Chance(HypertrophyPrevalence);
        var u = random.NextUnit();
        if (random.Chance(borderline))
            return thick ? HypertrophyCut + 0.1f * u : HypertrophyCut - 0.001f - 0.1f * u;
        return thick ? 1.3f + 0.3f * u : 0.7f + 0.38f * u;
    }
}
