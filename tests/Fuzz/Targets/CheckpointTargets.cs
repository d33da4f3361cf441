using System.Text;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
#if TORCHSHARP
using TorchSharp;
#else
using EchoClr.Torch;
#endif

namespace EchoClr.Fuzz;

/// <summary>The reader of weights.</summary>
internal sealed class SafeTensorsTarget : FuzzTarget
{
    public override string Name => "safetensors";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        File(""" {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}} """, 32),
        File(""" {"__metadata__":{"format":"pt"},"half":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"none":{"dtype":"BF16","shape":[0,7],"data_offsets":[8,8]}} """, 8),
    ];

    public override void Run(byte[] input)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            _ = SafeTensors.Read(input);
        }
        catch (InvalidDataException)
        {
            // said no, as it may
        }
    }

    private static byte[] File(string header, int elements) => [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. new byte[elements]];
}

/// <summary>The reader of a model's manifest.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    private readonly InputFile _file = new();

    public override string Name => "manifest";

    public override IReadOnlyList<byte[]> Seeds { get; } =
        [.. new[] { "view-gate", "as-lvh" }.Select(name => System.IO.File.ReadAllBytes(Path.Combine(RealData.RepositoryRoot, "models", name, ModelManifest.FileName)))];

    public override IReadOnlyList<Mutation> Mutations { get; } = JsonMutations.All;

    public override void Run(byte[] input)
    {
        _file.Write(input);
        try
        {
            _ = ModelManifest.Read(_file.Path);
        }
        catch (InvalidDataException)
        {
            // said no, as it may
        }
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
