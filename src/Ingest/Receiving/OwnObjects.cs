using EchoClr.Dicom;

namespace EchoClr.Ingest.Receiving;

/// <summary>Recognises what this system wrote, so that a PACS that routes our reports back to us starts no endless loop. The rows of result objects are asked as well.</summary>
internal static class OwnObjects
{
    /// <summary>Reports and saliency cines say so themselves; echo carts never do.</summary>
    public static bool Wrote(DicomDataset dataset) =>
        string.Equals(dataset.GetString(DicomTags.Manufacturer), Manufacturer, StringComparison.OrdinalIgnoreCase)
        && dataset.GetString(DicomTags.Modality) is not "US";

    private const string Manufacturer = "EchoClr";
}
