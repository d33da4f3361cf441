using System.CommandLine;
using EchoClr.Dicom;
using EchoClr.Phantom;
using EchoClr.Phantom.Studies;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary>One size of object that echo machines send.</summary>
/// <param name="Bytes">About, of one file.</param>
/// <param name="WarmUp">How many are sent after <see cref="BeforeAll"/>, before the clock starts.</param>
/// <param name="Count">How many are sent and measured, so that one measurement takes seconds, not minutes.</param>
internal sealed record ObjectSize(string Name, int Bytes, int WarmUp, int Count)
{
    public static readonly IReadOnlyList<ObjectSize> All =
    [
        new("still", 40_000, 800, 3_200),
        new("cine", 700_000, 160, 640),
        new("native", 60_000_000, 8, 64),
    ];

    /// <summary>
    /// Every receiver is sent these first. .NET compiles a method for good when it has run some dozens of times and some seconds have passed: without them, a third of a measurement of 640 cines
    /// was the compiler's, in a process that runs for months.
    /// </summary>
    public static readonly ObjectSize BeforeAll = new("warm-up", 40_000, 0, 2_000);

    /// <summary>Whether it has many frames.</summary>
    public bool IsCine => Bytes > 100_000;

    public static Option<string[]> Option()
    {
        var sizes = new Option<string[]>("--objects") { Description = "still (40 kB), cine (700 kB), native (60 MB)", DefaultValueFactory = _ => [.. All.Select(size => size.Name)], AllowMultipleArgumentsPerToken = true };
        sizes.AcceptOnlyFromAmong([.. All.Select(size => size.Name)]);
        return sizes;
    }

    public static IReadOnlyList<ObjectSize> Chosen(ParseResult parse, Option<string[]> option) => [.. All.Where(size => parse.GetValue(option)!.Contains(size.Name))];
}

/// <summary>The files that a benchmark sends: real headers around repeated phantom frames, each object with a UID of its own.</summary>
internal static class BenchObjects
{
    /// <summary>Objects of one study; a study of the PACS has some tens.</summary>
    private const int PerStudy = 64;

    /// <summary>A heart beat at 30 frames a second, and a little more.</summary>
    private const int CineFrames = 40;

    /// <summary>Writes the files, those of the warm-up first, in the order in which they are sent.</summary>
    public static IReadOnlyList<string> Write(string folder, ObjectSize size)
    {
        Directory.CreateDirectory(folder);
        var (dataset, syntax) = Template(size);
        var files = new List<string>(size.WarmUp + size.Count);
        for (var i = 0; i < size.WarmUp + size.Count; i++)
        {
            var study = $"{i / PerStudy}";
            dataset.Set(DicomTags.SOPInstanceUID, DicomUid.FromName("bench", size.Name, $"{i}"))
                .Set(DicomTags.SeriesInstanceUID, DicomUid.FromName("bench", size.Name, "series", study))
                .Set(DicomTags.StudyInstanceUID, DicomUid.FromName("bench", size.Name, "study", study))
                .Set(DicomTags.PatientID, $"BENCH-{study}");
            var file = Path.Combine(folder, $"{i:00000}.dcm");
            new DicomFile(dataset, syntax).Write(file);
            files.Add(file);
        }
        return files;
    }

    private static (DicomDataset Dataset, TransferSyntax Syntax) Template(ObjectSize size)
    {
        var study = PhantomStudy.Create(PhantomPatient.Draw(seed: 1, number: 0));
        var item = study.Objects.First(item => item.IsCine == size.IsCine);
        var dataset = PhantomFile.Create(study, item).File.Dataset;
        if (size.Name == "native")
        {
            const int Rows = 600, Columns = 800, Samples = 3;
            var whole = size.Bytes / (Rows * Columns * Samples);
            dataset.Set(DicomTags.Rows, Rows).Set(DicomTags.Columns, Columns).Set(DicomTags.SamplesPerPixel, Samples)
                .Set(DicomTags.PhotometricInterpretation, "RGB").Set(DicomTags.PlanarConfiguration, 0).Set(DicomTags.NumberOfFrames, whole)
                .SetBytes(DicomTags.PixelData, DicomVr.OB, new byte[whole * Rows * Columns * Samples]);
            return (dataset, TransferSyntax.ExplicitVRLittleEndian);
        }
        // Receivers do not decode: frames of equal length, of one frame's bytes over and over.
        dataset.TryGet(DicomTags.PixelData, out var pixels);
        var bytes = pixels!.Fragments![1].ToMemory();
        var frames = item.IsCine ? CineFrames : 1;
        var frame = new byte[size.Bytes / frames & ~1];
        for (var at = 0; at < frame.Length; at += bytes.Length)
            bytes[..Math.Min(bytes.Length, frame.Length - at)].CopyTo(frame.AsMemory(at));
        dataset.Set(DicomTags.NumberOfFrames, frames).SetEncapsulatedPixelData([.. Enumerable.Repeat((ReadOnlyMemory<byte>)frame, frames)]);
        return (dataset, TransferSyntax.JPEGBaseline8Bit);
    }
}
