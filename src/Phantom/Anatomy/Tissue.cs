namespace EchoClr.Phantom.Anatomy;

/// <summary>What a cell of the label map shows.</summary>
public enum Tissue : byte
{
    Background,
    Blood,
    Septum,
    PosteriorWall,
    Myocardium,
    Wall,
    AorticLeaflet,
    MitralLeaflet,
    Pericardium,
    Liver,
}
