using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Content items of PS3.3 C.17.3 as data sets. <c>relationship</c> is the relationship with the parent item.</summary>
internal static class ContentItem
{
    public const string Contains = "CONTAINS";
    public const string HasConceptModifier = "HAS CONCEPT MOD";
    public const string HasObservationContext = "HAS OBS CONTEXT";
    public const string HasAcquisitionContext = "HAS ACQ CONTEXT";
    public const string SelectedFrom = "SELECTED FROM";

    public static DicomDataset Container(string relationship, Concept name, params DicomDataset[] children) => Item(relationship, "CONTAINER", name)
        .Set(DicomTags.ContinuityOfContent, "SEPARATE")
        .SetSequence(DicomTags.ContentSequence, children);

    public static DicomDataset Code(string relationship, Concept name, Concept value, params DicomDataset[] children) => WithChildren(
        Item(relationship, "CODE", name).SetSequence(DicomTags.ConceptCodeSequence, value.ToItem()), children);

    public static DicomDataset Text(string relationship, Concept name, string text) => Item(relationship, "TEXT", name)
        .Set(DicomTags.TextValue, text);

    public static DicomDataset UidReference(string relationship, Concept name, string uid) => Item(relationship, "UIDREF", name)
        .Set(DicomTags.UID, uid);

    /// <summary>A probability in percent, with one decimal: OHIF prints value and unit code, so a fraction would read "0.87 1".</summary>
    public static DicomDataset Percent(string relationship, Concept name, double percent, params DicomDataset[] children) => WithChildren(
        Item(relationship, "NUM", name).SetSequence(DicomTags.MeasuredValueSequence, new DicomDataset()
            .SetSequence(DicomTags.MeasurementUnitsCodeSequence, Concepts.Percent.ToItem())
            .Set(DicomTags.NumericValue, FormatPercent(percent))),
        children);

    /// <param name="name">Null in an image library and under a spatial coordinate, where the template leaves it blank.</param>
    /// <param name="frameNumber">Counted from 1; null refers to the whole instance.</param>
    public static DicomDataset Image(string relationship, Concept? name, ObjectReference source, int? frameNumber, params DicomDataset[] children)
    {
        var reference = new DicomDataset()
            .Set(DicomTags.ReferencedSOPClassUID, source.SopClassUid)
            .Set(DicomTags.ReferencedSOPInstanceUID, source.SopInstanceUid);
        if (frameNumber is { } frame)
            reference.Set(DicomTags.ReferencedFrameNumber, frame);
        return WithChildren(Item(relationship, "IMAGE", name).SetSequence(DicomTags.ReferencedSOPSequence, reference), children);
    }

    /// <summary>A reference to a whole object: IMAGE for pictures, COMPOSITE for everything else (PS3.3 C.18.3, C.18.4).</summary>
    public static DicomDataset Reference(string relationship, ObjectReference target) => target.SopClassUid is SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage or SopClasses.SecondaryCaptureImageStorage
        ? Image(relationship, null, target, null)
        : Item(relationship, "COMPOSITE", null).SetSequence(DicomTags.ReferencedSOPSequence, new DicomDataset()
            .Set(DicomTags.ReferencedSOPClassUID, target.SopClassUid)
            .Set(DicomTags.ReferencedSOPInstanceUID, target.SopInstanceUid));

    /// <summary>An ellipse and the one frame that it was drawn on.</summary>
    public static DicomDataset Region(string relationship, Concept name, KeyFrame keyFrame) => Item(relationship, "SCOORD", name)
        .Set(DicomTags.GraphicData, keyFrame.Ellipse.ToGraphicData())
        .Set(DicomTags.GraphicType, "ELLIPSE")
        .SetSequence(DicomTags.ContentSequence, Image(SelectedFrom, null, keyFrame.Source, keyFrame.FrameNumber));

    public static string FormatPercent(double percent) => percent.ToString("0.0");

    /// <summary>An absent Content Sequence, not an empty one, where there are no children (Type 1C).</summary>
    private static DicomDataset WithChildren(DicomDataset item, DicomDataset[] children) =>
        children.Length == 0 ? item : item.SetSequence(DicomTags.ContentSequence, children);

    private static DicomDataset Item(string relationship, string valueType, Concept? name)
    {
        var item = new DicomDataset()
            .Set(DicomTags.RelationshipType, relationship)
            .Set(DicomTags.ValueType, valueType);
        return name is { } concept ? item.SetSequence(DicomTags.ConceptNameCodeSequence, concept.ToItem()) : item;
    }
}
