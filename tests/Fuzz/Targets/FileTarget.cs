using EchoClr.Dicom;

namespace EchoClr.Fuzz;

/// <summary>Part 10 files, read whole, to the pixel data, and meta information alone.</summary>
internal sealed class FileTarget : FuzzTarget
{
    private static readonly DicomReadOptions whole = new() { MaxInflatedBytes = 4 << 20 };
    private static readonly DicomReadOptions header = DicomReadOptions.Header with { MaxInflatedBytes = 4 << 20 };

    private readonly InputFile _file = new();

    public override string Name => "file";

    public override IReadOnlyList<byte[]> Seeds { get; } = Fuzz.Seeds.Files();

    // 132 bytes of preamble and prefix; the meta information is Explicit VR Little Endian, and so are most data sets behind it.
    public override IReadOnlyList<Mutation> Mutations { get; } = new DicomMutations(explicitVr: true, _ => 132).All;

    public override void Run(byte[] input)
    {
        _file.Write(input);
        try
        {
            var file = DicomFile.Read(_file.Path, whole);
            DatasetTarget.Touch(file.Meta);
            DatasetTarget.Touch(file.Dataset);
            DatasetText.Write(TextWriter.Null, file);
            if (file.DatasetOffset > input.Length)
                throw new InvalidOperationException("the data set begins behind the end");
        }
        catch (DicomFormatException)
        {
            // said no, as it may
        }
        try
        {
            _ = DicomFile.Read(_file.Path, header);
            _ = DicomFile.ReadMeta(_file.Path);
        }
        catch (DicomFormatException)
        {
            // the same
        }
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}

/// <summary>A file for inputs, in memory where the machine offers that.</summary>
internal sealed class InputFile : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath(), $"echoclr-fuzz-{Guid.NewGuid():N}");

    public void Write(byte[] input) => File.WriteAllBytes(Path, input);

    public void Dispose() => File.Delete(Path);
}
