using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Networks;

/// <summary>Grey windows → what the network takes.</summary>
public static class ClipTensor
{
    /// <param name="windows">Each <see cref="ModelInput.WindowBytes"/> long, (T, S, S).</param>
    /// <returns>(N, 3, T, S, S) float32; the three channels are one grey plane seen three times, as in EchoCLR.</returns>
    public static Tensor From(IReadOnlyList<ReadOnlyMemory<byte>> windows, ModelInput input)
    {
        var bytes = new byte[windows.Count * input.WindowBytes];
        for (int i = 0; i < windows.Count; i++)
        {
            if (windows[i].Length != input.WindowBytes)
                throw new ArgumentException($"window {i} has {windows[i].Length} bytes, the model wants {input.Frames}×{input.Size}×{input.Size}");
            windows[i].Span.CopyTo(bytes.AsSpan(i * input.WindowBytes));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor grey = torch.tensor(bytes).reshape(windows.Count, 1, input.Frames, input.Size, input.Size).to_type(ScalarType.Float32);
        Tensor scaled = grey * (1 / (255 * input.Deviation)) - input.Mean / input.Deviation;
        return scaled.expand(windows.Count, 3, input.Frames, input.Size, input.Size).contiguous().MoveToOuterDisposeScope();
    }
}
