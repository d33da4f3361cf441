using EchoClr.Dicom;

namespace EchoClr.Ingest.Receiving;

/// <summary>Recognises what this system wrote, so that a PACS that routes our reports back to us starts no endless loop. The rows of result objects are asked as well.</summary>
internal static class OwnObjects
{
    /// <summary>Reports and saliency cines name their maker, also when this database knows nothing of them.</summary>
    public static bool Wrote(DicomDataset dataset) => dataset.GetString(DicomTags.Manufacturer) == EchoClrImplementation.Manufacturer;
}
