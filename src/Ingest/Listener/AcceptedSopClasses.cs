using EchoClr.Dicom;

namespace EchoClr.Ingest.Listener;

/// <summary>What an echo study contains: only some of it is analysed, all of it is kept, so that a study version is whole.</summary>
public static class AcceptedSopClasses
{
    public static IReadOnlyList<string> Default { get; } =
    [
        // Cines and stills; the retired two are what carts before 1998 and some converters write.
        SopClasses.UltrasoundMultiFrameImageStorage,
        SopClasses.UltrasoundMultiFrameImageStorageRetired,
        SopClasses.UltrasoundImageStorage,
        SopClasses.UltrasoundImageStorageRetired,
        // 3-D volumes.
        SopClasses.EnhancedUSVolumeStorage,
        // Worksheets, captured screens, and our own saliency cines on their way back.
        SopClasses.SecondaryCaptureImageStorage,
        SopClasses.MultiFrameSingleBitSecondaryCaptureImageStorage,
        SopClasses.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        SopClasses.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage,
        // The cart's measurements, and our own reports on their way back.
        SopClasses.BasicTextSRStorage,
        SopClasses.EnhancedSRStorage,
        SopClasses.ComprehensiveSRStorage,
        SopClasses.Comprehensive3DSRStorage,
        SopClasses.SimplifiedAdultEchoSRStorage,
        // Key images and rejection notes.
        SopClasses.KeyObjectSelectionDocumentStorage,
        // What readers drew.
        SopClasses.GrayscaleSoftcopyPresentationStateStorage,
        SopClasses.ColorSoftcopyPresentationStateStorage,
        SopClasses.PseudoColorSoftcopyPresentationStateStorage,
        // ECG recorded beside the images.
        SopClasses.TwelveLeadECGWaveformStorage,
        SopClasses.GeneralECGWaveformStorage,
        // Carts' volume data and strain files, and scanned reports.
        SopClasses.RawDataStorage,
        SopClasses.EncapsulatedPDFStorage,
    ];
}
