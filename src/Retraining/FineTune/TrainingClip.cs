namespace EchoClr.Retraining.FineTune;

/// <summary>A labelled cine on the model's time grid.</summary>
/// <param name="Patient">Who it is of: splits and bootstraps go by it.</param>
/// <param name="Video">Unique among all clips.</param>
/// <param name="Targets">0 or 1 per finding, or one-hot over the views.</param>
/// <param name="Pixels">Grey (T, S, S), masked, S the model's size, frames the model's interval apart; T as long as the cine lasts.</param>
public sealed record TrainingClip(string Patient, string Video, float[] Targets, byte[] Pixels)
{
    /// <summary>Which of the patient's studies it is of; a phantom has one.</summary>
    public string Study { get; init; } = Patient;
}

/// <summary>Where labelled clips come from.</summary>
public interface IClipSource
{
    /// <summary>What the data are, in words, for the manifest.</summary>
    string Description { get; }

    /// <summary>All clips of one part of the data, in a fixed order. Patients never move between parts.</summary>
    IEnumerable<TrainingClip> Read(DataPart part, CancellationToken cancellationToken);
}

/// <summary>The parts that data are split into, by patient.</summary>
public enum DataPart
{
    Training,

    /// <summary>Chooses the epoch, the calibration and the thresholds.</summary>
    Validation,

    /// <summary>Looked at once, for the manifest.</summary>
    Test,
}
