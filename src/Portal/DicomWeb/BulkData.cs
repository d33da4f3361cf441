using System.Globalization;
using EchoClr.Dicom;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Binary values that do not stand in the metadata, and their addresses: the tag, or the sequences and items (from 1) down to it, as <c>00081140/1/00091010</c>.</summary>
internal static class BulkData
{
    /// <summary>The pixel data, and every binary value too large for the JSON.</summary>
    public static IReadOnlyDictionary<DicomElement, string> PlacesOf(DicomDataset dataset)
    {
        var places = new Dictionary<DicomElement, string>(ReferenceEqualityComparer.Instance);
        Collect(dataset, "", places);
        return places;
    }

    /// <summary>The data set and the element that an address names; null where there is none.</summary>
    public static (DicomDataset Dataset, DicomElement Element)? Find(DicomDataset dataset, string place)
    {
        var parts = place.Split('/');
        for (var i = 0; i < parts.Length; i += 2)
        {
            if (!DicomTag.TryParse(parts[i], out var tag) || !dataset.TryGet(tag, out var element))
                return null;
            if (i == parts.Length - 1)
                return (dataset, element);
            if (i + 1 == parts.Length - 1 || !int.TryParse(parts[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var item) || item < 1 || item > (element.Items?.Count ?? 0))
                return null;
            dataset = element.Items![item - 1];
        }
        return null;
    }

    private static void Collect(DicomDataset dataset, string prefix, Dictionary<DicomElement, string> places)
    {
        foreach (var element in dataset)
        {
            var place = $"{prefix}{element.Tag.Group:X4}{element.Tag.Element:X4}";
            for (var i = 0; i < (element.Items?.Count ?? 0); i++)
                Collect(element.Items![i], $"{place}/{i + 1}/", places);
            if (element.Tag == DicomTags.PixelData || element.Fragments is not null || (element.Vr.IsBulk && dataset.GetValue(element.Tag).Length > DicomJson.MaxInlineBytes))
                places[element] = place;
        }
    }
}
