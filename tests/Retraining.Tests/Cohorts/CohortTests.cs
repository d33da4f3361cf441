using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Testing;

namespace EchoClr.Retraining.Tests.Cohorts;

public sealed class CohortTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Of_TenThousandPatients_AreSplitAsThePaperAndNobodyStandsOnTwoSides()
    {
        var cohort = Cohort.Of(Rows(patients: 10_000), "echoclip-1", "PLAX", 0.5);

        Assert.InRange(cohort.In(DataPart.Training).Count() / 20_000.0, 0.735, 0.765);
        Assert.InRange(cohort.In(DataPart.Validation).Count() / 20_000.0, 0.09, 0.11);
        foreach (var patient in cohort.Clips.GroupBy(clip => clip.Patient))
            Assert.Single(patient.Select(clip => clip.Part).Distinct());
    }

    [Fact]
    public void Of_OthersComeAndGo_NobodyChangesSides()
    {
        var before = Cohort.Of(Rows(200), "echoclip-1", null, 0).Clips.ToDictionary(clip => clip.Patient + clip.Id, clip => clip.Part);
        var after = Cohort.Of(Rows(400).Where(row => row.Id % 3 != 0), "echoclip-1", "PLAX", 0.9).Clips;

        Assert.NotEmpty(after);
        Assert.All(after.Where(clip => before.ContainsKey(clip.Patient + clip.Id)), clip => Assert.Equal(before[clip.Patient + clip.Id], clip.Part));
    }

    [Fact]
    public void Sides_OfKnownPatients_NeverChange() => // in no later version either: these are constants of the product
        Assert.Equal(
            [DataPart.Training, DataPart.Validation, DataPart.Training, DataPart.Training, DataPart.Training, DataPart.Training, DataPart.Training, DataPart.Training, DataPart.Validation],
            Enumerable.Range(0, 9).Select(i => CohortSplit.Of($"patient {i}")));

    [Fact]
    public void Hash_SaysWhichClips_AndNothingElse()
    {
        var rows = Rows(20).ToList();
        var hash = Cohort.Of(rows, "echoclip-1", null, 0).Sha256;

        Assert.Equal(hash, Cohort.Of(rows.AsEnumerable().Reverse(), "echoclip-1", "PLAX", 0.3).Sha256);
        Assert.NotEqual(hash, Cohort.Of(rows.Skip(1), "echoclip-1", null, 0).Sha256);
        Assert.NotEqual(hash, Cohort.Of(rows.Select((row, i) => i == 3 ? row with { Sha256 = "other" } : row), "echoclip-1", null, 0).Sha256);
        // The definition, by hand: printf '7 aa\n9 bb\n' | sha256sum
        Assert.Equal("51f50e83da58f3575ce127f396a1f06005a14c4870ac49845b89065a7ab559c7", Cohort.HashOf([Clip(9, "bb"), Clip(7, "aa")]));
    }

    [Fact]
    public void Read_Written_IsTheSame_AndATamperedOneIsRefused()
    {
        var path = Path.Combine(folder.Path, "cohort.json");
        var cohort = Cohort.Of(Rows(30), "echoclip-1", "PLAX", 0.5);
        cohort.Write(path);

        Assert.Equal(cohort.Clips, Cohort.Read(path).Clips);

        var text = File.ReadAllText(path);
        var side = cohort.Clips[0].Part == DataPart.Training ? ("training", "test") : (cohort.Clips[0].Part.ToString().ToLowerInvariant(), "training");
        Refused(text.Replace(cohort.Clips[0].Sha256, cohort.Clips[1].Sha256[1..] + "0", StringComparison.Ordinal));
        Refused(text.Replace($"\"part\": \"{side.Item1}\"", $"\"part\": \"{side.Item2}\"", StringComparison.Ordinal));
        Refused("{}");

        void Refused(string tampered)
        {
            Assert.NotEqual(text, tampered);
            File.WriteAllText(path, tampered);
            Assert.Throws<InvalidDataException>(() => Cohort.Read(path));
        }
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Two clips of each patient.</summary>
    private static IEnumerable<ClipRow> Rows(int patients) => Enumerable.Range(0, 2 * patients).Select(i => new ClipRow
    {
        Id = i, FileKey = $"clips/{i}", Sha256 = EchoClr.Testing.Rows.Sha256($"{i}"), PatientKey = EchoClr.Testing.Rows.Sha256($"patient {i / 2}"), StudyKey = "s", Frames = 30,
    });

    private static CohortClip Clip(long id, string sha256) => new(id, "", sha256, "p", "s", 1, DataPart.Training);
}
