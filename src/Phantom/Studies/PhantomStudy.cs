using EchoClr.Dicom;

namespace EchoClr.Phantom.Studies;

/// <summary>One patient's echo study: two or three long-axis cines, short axis, apical views, a colour cine, a still and a spectral trace.</summary>
public sealed record PhantomStudy(PhantomPatient Patient, IReadOnlyList<PhantomObject> Objects)
{
    private static readonly PhantomScene[] s_otherScenes = [PhantomScene.Subcostal, PhantomScene.Suprasternal, PhantomScene.Liver, PhantomScene.ProbeInAir];

    private static readonly string[] s_womensNames =
        ["Anna", "Berta", "Clara", "Dora", "Emma", "Frieda", "Greta", "Hanna", "Ida", "Johanna", "Klara", "Lina", "Martha", "Nora", "Olga", "Paula"];

    private static readonly string[] s_mensNames =
        ["Anton", "Bruno", "Carl", "David", "Emil", "Fritz", "Georg", "Hugo", "Igor", "Jakob", "Konrad", "Ludwig", "Max", "Noah", "Otto", "Paul"];

    public string StudyInstanceUid => DicomUid.FromName("phantom", "study", $"{Patient.Seed}", $"{Patient.Number}");

    public string SeriesInstanceUid => DicomUid.FromName("phantom", "series", $"{Patient.Seed}", $"{Patient.Number}");

    public string SopInstanceUid(PhantomObject item) => DicomUid.FromName("phantom", "instance", $"{Patient.Seed}", $"{Patient.Number}", $"{item.Number}");

    public string PatientSex => Identity().Chance(0.5f) ? "F" : "M";

    public string PatientName
    {
        get
        {
            var identity = Identity();
            var given = identity.Pick(identity.Chance(0.5f) ? s_womensNames : s_mensNames);
            return $"Phantom^{given}";
        }
    }

    public DateOnly PatientBirthDate => new DateOnly(1935, 1, 1).AddDays(PhantomRandom.For(Patient.Seed, Patient.Number, 5).Next(20_000));

    /// <summary>A fixed calendar, not the clock: the same seed gives the same bytes on every day.</summary>
    public DateTime StudyTime => new DateTime(2026, 1, 5, 8, 0, 0, DateTimeKind.Unspecified).AddDays(Patient.Number % 200).AddMinutes(17 * (Patient.Number % 29));

    public static PhantomStudy Create(PhantomPatient patient)
    {
        var random = PhantomRandom.For(patient.Seed, patient.Number, 6);
        var objects = new List<PhantomObject>();
        void Add(PhantomObjectKind kind, PhantomScene scene) => objects.Add(new PhantomObject(
            objects.Count + 1, kind, PhantomVideo.Draw(patient, objects.Count, scene, kind == PhantomObjectKind.ColourCine)));

        Add(PhantomObjectKind.BModeCine, PhantomScene.ParasternalLongAxis);
        Add(PhantomObjectKind.BModeCine, PhantomScene.ParasternalLongAxis);
        Add(PhantomObjectKind.ColourCine, random.Chance(0.5f) ? PhantomScene.ParasternalLongAxis : PhantomScene.ApicalFourChamber);
        Add(PhantomObjectKind.BModeCine, random.Chance(0.5f) ? PhantomScene.ShortAxisMid : PhantomScene.ShortAxisAortic);
        Add(random.Chance(0.5f) ? PhantomObjectKind.MModeStill : PhantomObjectKind.BModeStill, PhantomScene.ParasternalLongAxis);
        Add(PhantomObjectKind.BModeCine, PhantomScene.ApicalFourChamber);
        Add(PhantomObjectKind.SpectralStill, PhantomScene.ApicalFourChamber);
        Add(PhantomObjectKind.BModeCine, PhantomScene.ApicalTwoChamber);
        if (random.Chance(0.5f))
            Add(PhantomObjectKind.BModeCine, PhantomScene.ParasternalLongAxis);
        if (random.Chance(0.25f))
            Add(PhantomObjectKind.BModeCine, random.Pick(s_otherScenes));
        return new PhantomStudy(patient, objects);
    }

    private PhantomRandom Identity() => PhantomRandom.For(Patient.Seed, Patient.Number, 4);
}
