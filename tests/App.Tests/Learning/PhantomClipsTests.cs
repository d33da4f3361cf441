using EchoClr.App.Learning;
using EchoClr.Phantom;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Tests.Learning;

public sealed class PhantomClipsTests
{
    [Fact]
    public void Views_OfTheGateAndOfThePhantom_HaveOneOrder() =>
        Assert.Equal(Enum.GetNames<PhantomView>().Select(name => name.ToUpperInvariant()), DemoWeights.Views.Select(name => name.ToUpperInvariant()));

    [Fact]
    public void Read_Findings_GivesThePatientsLongAxisClipsWithTheirTruth()
    {
        var input = new ModelInput(16, 48, 50, 0, 1);
        PhantomPatient patient = PhantomPatient.Draw(7, 0);

        TrainingClip[] clips = [.. new PhantomClips(ModelTask.Findings, input, patients: 1, seed: 7, null).Read(DataPart.Training, TestContext.Current.CancellationToken)];

        Assert.Equal(2, clips.Length);
        Assert.All(clips, clip =>
        {
            Assert.Equal(patient.PatientId, clip.Patient);
            Assert.Equal([patient.HasSevereAorticStenosis ? 1 : 0, patient.HasHypertrophy ? 1 : 0], clip.Targets);
            Assert.True(clip.Pixels.Length / (48 * 48) >= 20, "a second and more at 50 ms");
            Assert.InRange(clip.Pixels.Count(value => value > 0) / (double)clip.Pixels.Length, 0.2, 0.9); // a sector, masked
        });
        Assert.Equal(2, clips.Select(clip => clip.Video).Distinct().Count());
    }
}
