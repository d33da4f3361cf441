using System.Text;
using EchoClr.Dicom;

namespace EchoClr.EndToEnd;

/// <summary>Studies whose header fields each hold an identifier of their own, that occurs nowhere else. Where one of them turns up, patient data did.</summary>
internal sealed class Canaries
{
    /// <summary>Begins every identifier; nothing else in the system does.</summary>
    public const string Mark = "QZX";

    // What makes the object readable at all: filled with identifiers only one at a time, in studies that are meant to fail.
    private static readonly DicomTag[] Structure =
    [
        DicomTags.SOPClassUID, DicomTags.SOPInstanceUID, DicomTags.StudyInstanceUID, DicomTags.SeriesInstanceUID, DicomTags.SpecificCharacterSet, DicomTags.Modality,
        DicomTags.PhotometricInterpretation, DicomTags.NumberOfFrames, DicomTags.FrameTime, DicomTags.ImageType, DicomTags.SeriesNumber, DicomTags.InstanceNumber,
    ];

    private readonly Dictionary<string, string> _places = [];

    /// <summary>How many identifiers are out.</summary>
    public int Count => _places.Count;

    /// <summary>A small multi-frame ultrasound object with nothing but structure, and identifiers for the patient.</summary>
    public DicomDataset Cine(string study, string instance)
    {
        const int frames = 14, rows = 120, columns = 160;
        var random = new Random(instance.Length);
        var pixels = new byte[frames * rows * columns];
        for (var p = 0; p < pixels.Length; p++)
        {
            var (x, y) = (p % columns - columns / 2, p / columns % rows - 5);
            if (y > 0 && Math.Abs(x) <= y * 0.7 && x * x + y * y <= 105 * 105)
                pixels[p] = (byte)random.Next(20, 200);
        }
        return new DicomDataset()
            .Set(DicomTags.SpecificCharacterSet, "ISO_IR 100").Set(DicomTags.ImageType, "ORIGINAL", "PRIMARY").Set(DicomTags.Modality, "US")
            .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage).Set(DicomTags.SOPInstanceUID, instance)
            .Set(DicomTags.StudyInstanceUID, study).Set(DicomTags.SeriesInstanceUID, study + ".1").Set(DicomTags.SeriesNumber, 1).Set(DicomTags.InstanceNumber, 1)
            .Set(DicomTags.PatientID, New("PatientID")).Set(DicomTags.PatientName, $"{New("PatientName")}^{New("PatientName")}").Set(DicomTags.AccessionNumber, New("AccessionNumber"))
            .Set(DicomTags.NumberOfFrames, frames).Set(DicomTags.FrameTime, 40).Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTime)
            .Set(DicomTags.Rows, rows).Set(DicomTags.Columns, columns).Set(DicomTags.SamplesPerPixel, 1).Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
            .Set(DicomTags.BitsAllocated, 8).Set(DicomTags.BitsStored, 8).Set(DicomTags.HighBit, 7).Set(DicomTags.PixelRepresentation, 0)
            .SetBytes(DicomTags.PixelData, DicomVr.OB, pixels);
    }

    /// <summary>Every element of the dictionary that can hold text or bytes, in the data set, in nested items, and under private creators.</summary>
    public DicomDataset FillEverything(DicomDataset dataset)
    {
        foreach (var (tag, vr) in Elements().Where(element => !Structure.Contains(element.Tag)))
        {
            if (vr == DicomVr.SQ)
                dataset.SetSequence(tag, Nested(3));
            else
                Fill(dataset, tag, vr);
        }
        ushort[] groups = [0x0009, 0x0011, 0x200D, 0x7FDF];
        foreach (var group in groups)
        {
            dataset.Set(new DicomTag(group, 0x0010), New("private creator"));
            Fill(dataset, new DicomTag(group, 0x1001), DicomVr.LO);
            Fill(dataset, new DicomTag(group, 0x1002), DicomVr.UN);
            dataset.SetSequence(new DicomTag(group, 0x1003), Nested(2));
        }
        return dataset;
    }

    /// <summary>Puts an identifier where the standard wants something else.</summary>
    public DicomDataset Spoil(DicomDataset dataset, DicomTag tag)
    {
        Fill(dataset, tag, DicomDictionary.Vr(tag));
        return dataset;
    }

    public byte[] Bytes(string place, int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length / 8).Select(_ => New(place))));

    /// <summary>A new identifier of eight characters.</summary>
    public string New(string place)
    {
        lock (_places) // peers that refuse make theirs on threads of their own
        {
            var canary = Mark + _places.Count.ToString("X5");
            _places.Add(canary, place);
            return canary;
        }
    }

    /// <summary>Which fields' identifiers a text holds; empty for most texts.</summary>
    public IReadOnlyList<string> In(string text)
    {
        var found = new List<string>();
        for (var at = text.IndexOf(Mark, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(Mark, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var canary = text.Substring(at, Math.Min(8, text.Length - at)).ToUpperInvariant();
            found.Add(_places.GetValueOrDefault(canary, "part of an identifier"));
        }
        return found;
    }

    private DicomDataset Nested(int depth)
    {
        var item = new DicomDataset().Set(DicomTags.PatientName, New("nested PatientName")).Set(DicomTags.TextValue, New("nested TextValue"));
        return depth > 1 ? item.SetSequence(DicomTags.ContentSequence, Nested(depth - 1)) : item;
    }

    private void Fill(DicomDataset dataset, DicomTag tag, DicomVr vr) =>
        dataset.SetBytes(tag, vr, Encoding.ASCII.GetBytes(vr == DicomVr.PN ? $"{New($"{tag}")}^{New($"{tag}")} " : New($"{tag} {DicomDictionary.Keyword(tag)}")));

    /// <summary>All elements of PS3.6 but command, file meta and pixel data; of a repeating group the first.</summary>
    private static IEnumerable<(DicomTag Tag, DicomVr Vr)> Elements() =>
        from line in File.ReadLines(Path.Combine(Testing.RealData.RepositoryRoot, "src", "Dicom", "Dictionary", "elements.txt"))
        where line.Length > 0 && line[0] != '#'
        let columns = line.Split('\t')
        let packed = Convert.ToUInt32(columns[0].Replace('x', '0'), 16)
        let tag = new DicomTag((ushort)(packed >> 16), (ushort)packed)
        let vr = DicomVr.Find(columns[1].Split('/')[0])!
        where tag.Group > 0x0002 && tag.Group != 0x7FE0 && tag.Group != 0xFFFE && (vr.IsText || vr == DicomVr.SQ || vr == DicomVr.UN || vr == DicomVr.OB)
        select (tag, vr);
}
