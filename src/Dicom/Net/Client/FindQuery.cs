namespace EchoClr.Dicom.Net.Client;

/// <summary>A C-FIND identifier from keywords, and its matches as keywords again (PS3.4 C.2.2).</summary>
internal sealed class FindQuery
{
    private readonly List<(string Keyword, DicomTag Tag)> _keys = [];

    /// <exception cref="ArgumentException">A keyword is not in the dictionary, or its value not allowed by its VR.</exception>
    public FindQuery(string level, IReadOnlyDictionary<string, string> keys)
    {
        if (keys.Values.Any(value => !System.Text.Ascii.IsValid(value)))
            Identifier.Set(DicomTags.SpecificCharacterSet, "ISO_IR 192");
        Identifier.Set(DicomTags.QueryRetrieveLevel, level);
        foreach (var (keyword, value) in keys)
        {
            if (!DicomDictionary.TryFindTag(keyword, out var tag))
                throw new ArgumentException($"{keyword} is no DICOM keyword", nameof(keys));
            _keys.Add((keyword, tag));
            if (value.Length == 0)
                Identifier.SetEmpty(tag);
            else
                Identifier.Set(tag, value.Split('\\'));
        }
    }

    public DicomDataset Identifier { get; } = new();

    /// <summary>The asked keys of one match; "" for what the peer left out. Several values are joined by a backslash.</summary>
    public IReadOnlyDictionary<string, string> Read(ReadOnlyMemory<byte> identifier, TransferSyntax syntax)
    {
        var match = DicomDatasetReader.Read(identifier, syntax);
        return _keys.ToDictionary(key => key.Keyword, key => string.Join('\\', match.GetStrings(key.Tag)));
    }
}
