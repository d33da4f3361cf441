using EchoClr.Phantom.Studies;

namespace EchoClr.Phantom.Tests;

public sealed class PhantomPatientTests
{
    private const int Patients = 4000;

    // Three standard errors of a correlation that is truly zero.
    private static readonly double s_limit = 3.0 / Math.Sqrt(Patients);

    private static readonly PhantomPatient[] s_patients = [.. PhantomCohort.Draw(Patients, 99)];
    private static readonly PhantomVideo[] s_videos = [.. s_patients.Select(patient => PhantomVideo.Draw(patient, 0, PhantomScene.ParasternalLongAxis))];

    public static TheoryData<string> Nuisances => ["gain", "depth", "heart rate", "half angle", "rotation", "vendor", "frame rate", "body", "frames", "muscle", "radius"];

    [Theory]
    [MemberData(nameof(Nuisances))]
    public void Draw_Nuisance_DoesNotPredictDisease(string nuisance)
    {
        var values = s_videos.Select(video => (double)Nuisance(video, nuisance)).ToArray();
        Assert.InRange(Correlation(values, [.. s_patients.Select(p => (double)p.AorticStenosis)]), -s_limit, s_limit);
        Assert.InRange(Correlation(values, [.. s_patients.Select(p => (double)p.WallThickness)]), -s_limit, s_limit);
    }

    [Fact]
    public void Draw_ManyPatients_HasTheStatedPrevalenceAndBothDiseasesIndependent()
    {
        Assert.InRange(s_patients.Average(p => p.HasSevereAorticStenosis ? 1.0 : 0.0), 0.18, 0.22);
        Assert.InRange(s_patients.Average(p => p.HasHypertrophy ? 1.0 : 0.0), 0.275, 0.325);
        Assert.InRange(
            Correlation([.. s_patients.Select(p => (double)p.AorticStenosis)], [.. s_patients.Select(p => (double)p.WallThickness)]), -s_limit, s_limit);
        Assert.All(s_patients, p => Assert.InRange(p.WallThickness, 0.6f, 1.6f));
        Assert.All(s_patients, p => Assert.InRange(p.AorticStenosis, 0f, 1f));
    }

    [Fact]
    public void Draw_Severity_CausesThickBrightRestrictedLeaflets()
    {
        var severity = s_patients.Select(p => (double)p.AorticStenosis).ToArray();
        Assert.True(Correlation(severity, [.. s_patients.Select(p => (double)p.LeafletThickness)]) > 0.8);
        Assert.True(Correlation(severity, [.. s_patients.Select(p => (double)p.LeafletBrightness)]) > 0.8);
        Assert.True(Correlation(severity, [.. s_patients.Select(p => (double)p.LeafletExcursion)]) < -0.9);
    }

    private static float Nuisance(PhantomVideo video, string name) => name switch
    {
        "gain" => video.Settings.GainDb,
        "depth" => video.Settings.Sector.Depth,
        "heart rate" => video.HeartRate,
        "half angle" => video.Settings.Sector.HalfAngle,
        "rotation" => video.Rotation,
        "vendor" => video.Patient.VendorIndex,
        "frame rate" => video.Patient.FrameRate,
        "body" => video.Patient.BodyScale,
        "frames" => video.FrameTimes.Count,
        "muscle" => video.Patient.MuscleBrightness,
        "radius" => video.Patient.VentricleRadius,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such nuisance"),
    };

    private static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        double ab = 0, aa = 0, bb = 0;
        for (var i = 0; i < a.Length; i++)
        {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }

        return ab / Math.Sqrt(aa * bb);
    }
}
