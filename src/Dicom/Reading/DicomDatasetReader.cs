namespace EchoClr.Dicom;

/// <summary>
/// Reads data sets of every transfer syntax (PS3.5 clause 7). Lenient where meaning is certain: missing delimiters at the end of what encloses them, wrong
/// delimiter lengths, a VR that contradicts the transfer syntax from the first element on, sequences hidden in UN. Where bytes are missing or limits
/// are passed it throws <see cref="DicomFormatException"/>, and nothing else.
/// </summary>
public static class DicomDatasetReader
{
    /// <summary>Reads a data set from a buffer; values are slices of it.</summary>
    public static DicomDataset Read(ReadOnlyMemory<byte> bytes, TransferSyntax syntax, DicomReadOptions? options = null)
    {
        options ??= DicomReadOptions.Default;
        if (!syntax.IsDeflated)
            return new ElementReader(new MemorySource(bytes), options).ReadDataset(syntax);
        using var source = new InflatingSource(new MemoryStream(bytes.ToArray(), writable: false), options);
        return new ElementReader(source, options).ReadDataset(syntax);
    }
}
