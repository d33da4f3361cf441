using EchoClr.Dicom;

namespace EchoClr.Fuzz;

/// <summary>The data set reader, everything that reads its values, and the writer: what was read can be written, and is then the same when read again.</summary>
internal sealed class DatasetTarget(TransferSyntax syntax) : FuzzTarget
{
    private static readonly DicomReadOptions options = new() { MaxInflatedBytes = 4 << 20 };

    public override string Name => syntax.IsExplicitVr ? "dataset-explicit" : "dataset-implicit";

    public override IReadOnlyList<byte[]> Seeds { get; } = Fuzz.Seeds.Datasets(syntax);

    public override IReadOnlyList<Mutation> Mutations { get; } = new DicomMutations(syntax.IsExplicitVr, _ => 0).All;

    public override void Run(byte[] input)
    {
        DicomDataset dataset;
        try
        {
            dataset = DicomDatasetReader.Read(input, syntax, options);
        }
        catch (DicomFormatException)
        {
            return;
        }
        Touch(dataset);
        // The reader believes the first element more than the transfer syntax, so that mislabelled files can be read; only one of a group that data sets begin with speaks clearly.
        if (dataset.FirstOrDefault(element => !element.Tag.IsGroupLength) is not { Tag.Group: <= 0x00FF })
            return;
        byte[] once;
        try
        {
            once = DicomDatasetWriter.Encode(dataset, syntax);
        }
        catch (DicomFormatException)
        {
            return; // fragments, which a native transfer syntax cannot write
        }
        var twice = DicomDatasetWriter.Encode(DicomDatasetReader.Read(once, syntax, options), syntax);
        if (!once.AsSpan().SequenceEqual(twice))
            throw new InvalidOperationException("what was written reads as something else");
    }

    /// <summary>Every way of asking for every value; lenient by contract, so nothing may be thrown.</summary>
    public static void Touch(DicomDataset dataset)
    {
        TouchValues(dataset);
        // Once, from the top: an item's text is part of it, and asking every item again would cost the square of the depth.
        DatasetText.Write(TextWriter.Null, dataset);
        StructuredReportText.Write(TextWriter.Null, dataset);
    }

    private static void TouchValues(DicomDataset dataset)
    {
        foreach (var element in dataset)
        {
            var tag = element.Tag;
            _ = dataset.GetString(tag);
            _ = dataset.GetStrings(tag);
            _ = dataset.GetInt32(tag);
            _ = dataset.GetDouble(tag);
            _ = dataset.GetDoubles(tag);
            if (element.Fragments is not null)
                TakeFrames(element, dataset.GetInt32(DicomTags.NumberOfFrames) ?? 1);
            foreach (var item in dataset.GetSequence(tag))
                TouchValues(item);
        }
    }

    private static void TakeFrames(DicomElement pixelData, int numberOfFrames)
    {
        try
        {
            _ = EncapsulatedFrames.Of(pixelData, numberOfFrames);
        }
        catch (DicomFormatException)
        {
            // said no, as it may
        }
    }
}
