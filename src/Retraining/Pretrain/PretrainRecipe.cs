namespace EchoClr.Retraining.Pretrain;

/// <summary>How positive pairs come about.</summary>
public enum PairRule
{
    /// <summary>Two augmentations of one sampled clip: SimCLR.</summary>
    SameClip,

    /// <summary>Every two videos of a study; a study's only video with itself, sampled twice: EchoCLR.</summary>
    StudyVideos,
}

/// <summary>A method of self-supervision, as its authors or we have it.</summary>
/// <param name="Order">The order of the frames is a second task.</param>
/// <param name="MaskSamePatient">Other views of the same patient are no negatives.</param>
/// <param name="ViewsApart">Batch statistics of each view for itself.</param>
/// <param name="Flip">Mirrored clips, as EchoCLR has them, although no heart looks so.</param>
/// <param name="StrideMs">Time between a clip's frames; null takes neighbours, whatever the frame rate.</param>
/// <param name="Supervised">Clips have a class, and all of a class are positives.</param>
public sealed record PretrainRecipe(string Name, PairRule Pairs, bool Order, bool MaskSamePatient, bool ViewsApart, bool Flip, double? StrideMs, bool Supervised = false)
{
    /// <summary>MI-SimCLR with re-ordering of frames: EchoCLR as published.</summary>
    public static readonly PretrainRecipe Paper = new("paper", PairRule.StudyVideos, Order: true, MaskSamePatient: false, ViewsApart: true, Flip: true, StrideMs: null);

    /// <summary>
    /// Ours, the default: no negatives of the same patient, no mirrored anatomy, and a clip of four frames that spans 150 ms of the beat instead of the 75 to 100 ms of four neighbours at
    /// 30 to 40 frames a second.
    /// </summary>
    public static readonly PretrainRecipe EchoClrPlus = new("echoclr+", PairRule.StudyVideos, Order: true, MaskSamePatient: true, ViewsApart: false, Flip: false, StrideMs: 50);

    public static readonly PretrainRecipe SimClr = new("simclr", PairRule.SameClip, Order: false, MaskSamePatient: false, ViewsApart: true, Flip: true, StrideMs: null);

    public static readonly PretrainRecipe MultiInstanceSimClr = new("mi-simclr", PairRule.StudyVideos, Order: false, MaskSamePatient: false, ViewsApart: true, Flip: true, StrideMs: null);

    /// <summary>
    /// The encoder of a view classifier (Chartsias et al. 2021): every clip augmented twice, all of its view are positives. It needs labels, so it is no recipe of pretraining on what was kept. No
    /// crops to a part of the picture: they make one view of another.
    /// </summary>
    public static readonly PretrainRecipe SupCon = new("supcon", PairRule.SameClip, Order: false, MaskSamePatient: false, ViewsApart: false, Flip: false, StrideMs: 60, Supervised: true);

    /// <summary>Those that need no labels.</summary>
    public static IReadOnlyList<PretrainRecipe> All { get; } = [EchoClrPlus, Paper, SimClr, MultiInstanceSimClr];

    /// <exception cref="FormatException">There is no such recipe.</exception>
    public static PretrainRecipe Named(string name) =>
        All.Append(SupCon).FirstOrDefault(recipe => recipe.Name == name) ?? throw new FormatException($"there is no recipe {name}; there are {string.Join(", ", All.Select(recipe => recipe.Name))}");
}
