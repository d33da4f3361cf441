namespace EchoClr.Phantom.Studies;

public enum PhantomObjectKind
{
    BModeCine,
    ColourCine,
    BModeStill,
    MModeStill,
    SpectralStill,
}

/// <summary>One DICOM object of a study.</summary>
/// <param name="Number">InstanceNumber, from 1.</param>
/// <param name="Video">What was scanned; for stills, where from.</param>
public sealed record PhantomObject(int Number, PhantomObjectKind Kind, PhantomVideo Video)
{
    public bool IsCine => Kind is PhantomObjectKind.BModeCine or PhantomObjectKind.ColourCine;

    /// <summary>The class of the view gate; everything but a B-mode cine is Other.</summary>
    public PhantomView View => Kind == PhantomObjectKind.BModeCine ? Video.View : PhantomView.Other;
}
