using EchoClr.Dicom.Codecs;

namespace EchoClr.Fuzz;

/// <summary>The codec worker: whatever happens in its process, the answer is frames or <see cref="CodecException"/>, and the next file is decoded.</summary>
/// <param name="program">The worker to run; null for the shipped one.</param>
internal sealed class CodecTarget(string? program = null) : FuzzTarget
{
    private readonly InputFile _file = new();
    private readonly CodecWorker _worker = CodecWorker.Start(program is null ? Limits : Limits with { Program = program, MaxAddressSpaceBytes = long.MaxValue });

    private static readonly CodecOptions Limits = new() { MaxDecodedBytes = 64 << 20, MaxCpuTime = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(30) };

    public override string Name => "codec";

    public override IReadOnlyList<byte[]> Seeds { get; } = Fuzz.Seeds.Files();

    public override IReadOnlyList<Mutation> Mutations { get; } = new DicomMutations(explicitVr: true, _ => 132).All;

    /// <summary>Inputs whose worker crashed, which is what the process is for.</summary>
    public int Crashes { get; private set; }

    public override void Run(byte[] input)
    {
        _file.Write(input);
        try
        {
            using var frames = _worker.DecodeAsync(_file.Path).GetAwaiter().GetResult();
        }
        catch (CodecException refusal)
        {
            if (refusal.Message.Contains("crashed", StringComparison.Ordinal) || refusal.Message.Contains("ended (code", StringComparison.Ordinal))
                Crashes++;
        }
    }

    public override void Dispose()
    {
        _worker.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _file.Dispose();
        base.Dispose();
    }
}
