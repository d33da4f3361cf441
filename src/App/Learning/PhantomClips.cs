using EchoClr.Phantom;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.App.Learning;

/// <summary>
/// Labelled clips drawn from phantom patients, through the same reading and sampling that a received file goes through after decoding.
/// The parts of the data are ranges of patient numbers, so no patient can be in two of them.
/// </summary>
internal sealed class PhantomClips(ModelTask task, ModelInput input, int patients, long seed, Progress? progress) : IClipSource
{
    /// <summary>Drawn at half the machines' size and then resized by area: twice the network's picture and more, in a quarter of the time.</summary>
    private const double RenderScale = 0.5;

    private static readonly PhantomScene[] otherScenes = [PhantomScene.Subcostal, PhantomScene.Suprasternal, PhantomScene.Liver, PhantomScene.ProbeInAir];

    private readonly (int First, int Count) training = (0, patients);
    private readonly (int First, int Count) validation = (patients, Math.Max(40, patients / 4));
    private readonly (int First, int Count) test = (patients + Math.Max(40, patients / 4), Math.Max(60, patients / 2));

    public string Description =>
        $"Phantom patients of seed {seed}: {training.Count} for training, {validation.Count} for validation, {test.Count} for the metrics; "
        + (task == ModelTask.View ? "all views" : "their parasternal long-axis cines");

    public IEnumerable<TrainingClip> Read(DataPart part, CancellationToken cancellationToken)
    {
        (int first, int count) = part switch
        {
            DataPart.Training => training,
            DataPart.Validation => validation,
            _ => test,
        };
        PhantomVideo[] videos = [.. Enumerable.Range(first, count).Select(number => PhantomPatient.Draw(seed, number)).SelectMany(patient => Videos(task, patient))];
        var clips = new TrainingClip?[videos.Length];
        int done = 0;
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, videos.Length, options, i =>
        {
            clips[i] = Clip(videos[i]);
            progress?.Report(Interlocked.Increment(ref done), videos.Length, $"{part} clips drawn");
        });
        return clips.OfType<TrainingClip>();
    }

    /// <summary>The videos of a patient that a task learns from.</summary>
    public static IEnumerable<PhantomVideo> Videos(ModelTask task, PhantomPatient patient)
    {
        yield return PhantomVideo.Draw(patient, 0, PhantomScene.ParasternalLongAxis);
        yield return PhantomVideo.Draw(patient, 1, PhantomScene.ParasternalLongAxis);
        if (task == ModelTask.Findings)
            yield break;
        yield return PhantomVideo.Draw(patient, 3, PhantomScene.ShortAxisMid);
        yield return PhantomVideo.Draw(patient, 4, PhantomScene.ShortAxisAortic);
        yield return PhantomVideo.Draw(patient, 5, PhantomScene.ApicalFourChamber);
        yield return PhantomVideo.Draw(patient, 6, PhantomScene.ApicalTwoChamber);
        yield return PhantomVideo.Draw(patient, 7, otherScenes[patient.Number % otherScenes.Length]);
    }

    /// <summary>Null where the reading finds no sector: such a cine would not reach a network in service either.</summary>
    private TrainingClip? Clip(PhantomVideo video)
    {
        // In colour, as it would be received: graphics over the sector are told from tissue by their colour.
        PhantomCine drawn = PhantomRenderer.Render(video, new PhantomRenderOptions(RenderScale, Colour: true, FrameStep: FrameStep(video)));
        var reading = CineReading.Of(new FramePixels(drawn.Frames, drawn.Height, drawn.Width, drawn.SamplesPerPixel, drawn.Pixels), drawn.FrameTimes, drawn.PixelAspectRatio);
        if (reading.Sector is null)
            return null;
        ClipInput clip = ClipSampler.Sample(reading.Cine, reading.Sector, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs));
        string patient = video.Patient.PatientId;
        return new TrainingClip(patient, $"{patient}/{video.Index}", Targets(task, video), clip.Pixels);
    }

    /// <summary>Severe aortic stenosis and hypertrophy, or one-hot over the views.</summary>
    public static float[] Targets(ModelTask task, PhantomVideo video)
    {
        if (task == ModelTask.Findings)
            return [video.Patient.HasSevereAorticStenosis ? 1 : 0, video.Patient.HasHypertrophy ? 1 : 0];
        var oneHot = new float[DemoWeights.Views.Count];
        oneHot[(int)video.View] = 1; // PhantomView and DemoWeights.Views have the same order; a test holds it
        return oneHot;
    }

    /// <summary>The grid takes the frame nearest in time: frames closer together than the grid would be drawn and thrown away.</summary>
    private int FrameStep(PhantomVideo video) => Math.Max(1, (int)(TimeSpan.FromMilliseconds(input.IntervalMs) / (video.FrameTimes[1] - video.FrameTimes[0])));
}
