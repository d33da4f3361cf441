using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>What a destination gets beside the report, from the richest to the plainest.</summary>
public enum SaliencyForm
{
    /// <summary>Every frame: Multi-frame True Color Secondary Capture, JPEG Baseline.</summary>
    Cine,

    /// <summary>The key frame alone: Secondary Capture, uncompressed. Every PACS that takes pictures takes this one.</summary>
    KeyFrame,

    /// <summary>Nothing: the report shows its regions, and points to no picture.</summary>
    None,
}

/// <summary>How a form is told from an object, and from which form to which a sender falls back.</summary>
internal static class SaliencyForms
{
    public static SaliencyForm Of(string sopClassUid) => sopClassUid == SopClasses.SecondaryCaptureImageStorage ? SaliencyForm.KeyFrame : SaliencyForm.Cine;

    /// <summary>Null after the last.</summary>
    public static SaliencyForm? After(SaliencyForm form) => form == SaliencyForm.None ? null : form + 1;
}
