namespace EchoClr.Dicom.Codecs;

/// <summary>What one file may cost the codec worker.</summary>
public sealed record CodecOptions
{
    /// <summary>Decoded pixels of one file. 924 frames of 800 x 600 RGB, the longest cine known to be real, are 1.33 GB.</summary>
    public long MaxDecodedBytes { get; init; } = 3L << 29;

    /// <summary>All memory of the worker (RLIMIT_AS): the decoded pixels, the mapped file, its libraries (0.3 GB) and what the decoders need.</summary>
    public long MaxAddressSpaceBytes { get; init; } = 7L << 29;

    /// <summary>Processor time for one file (RLIMIT_CPU, to the second). 64 frames of 800 x 600 take 0.1 s.</summary>
    public TimeSpan MaxCpuTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time on the clock for one file; then the worker is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The worker's program; the build puts it beside the assembly.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "codec-worker");
}
