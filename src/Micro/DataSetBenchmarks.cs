using BenchmarkDotNet.Attributes;
using EchoClr.Dicom;
using EchoClr.Phantom;
using EchoClr.Phantom.Studies;

namespace EchoClr.Micro;

/// <summary>What the listener and the writers do with every object: the header of a cine read from its file, and a data set turned into bytes. Files in the page cache.</summary>
[MemoryDiagnoser]
public class DataSetBenchmarks
{
    private static readonly HashSet<DicomTag> Identity =
    [
        DicomTags.SpecificCharacterSet, DicomTags.SOPClassUID, DicomTags.SOPInstanceUID, DicomTags.StudyInstanceUID, DicomTags.SeriesInstanceUID, DicomTags.PatientID, DicomTags.PatientName,
    ];

    private string _file = "";
    private byte[] _header = [];
    private DicomDataset _dataset = new();

    /// <summary>Writes one cine of a phantom study.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var study = PhantomStudy.Create(PhantomPatient.Draw(seed: 1, number: 0));
        var file = PhantomFile.Create(study, study.Objects.First(item => item.IsCine)).File;
        _file = Path.Combine(Path.GetTempPath(), $"echoclr-micro-{Guid.NewGuid():N}.dcm");
        file.Write(_file);
        _dataset = DicomFile.Read(_file, DicomReadOptions.Header).Dataset;
        _header = DicomDatasetWriter.Encode(_dataset, TransferSyntax.ExplicitVRLittleEndian);
    }

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Remove() => File.Delete(_file);

    /// <summary>Every element before the pixels, from the file.</summary>
    [Benchmark]
    public DicomFile ReadHeaderOfFile() => DicomFile.Read(_file, DicomReadOptions.Header);

    /// <summary>Those elements alone that file an object, as the listener reads them.</summary>
    [Benchmark]
    public DicomFile ReadIdentityOfFile() => DicomFile.Read(_file, DicomReadOptions.Header with { Only = Identity });

    /// <summary>The same elements from memory.</summary>
    [Benchmark]
    public DicomDataset ReadHeaderInMemory() => DicomDatasetReader.Read(_header, TransferSyntax.ExplicitVRLittleEndian);

    /// <summary>And back into bytes.</summary>
    [Benchmark]
    public byte[] WriteHeader() => DicomDatasetWriter.Encode(_dataset, TransferSyntax.ExplicitVRLittleEndian);
}
