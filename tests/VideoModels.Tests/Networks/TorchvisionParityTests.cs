using System.Diagnostics;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.Tests.Networks;

/// <summary>Our R3D-18 at width 64 against torchvision's own on the same random weights.</summary>
public sealed class TorchvisionParityTests : IDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's, which sees python3-torchvision
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-parity-").FullName;

    [Fact]
    public async Task R3D18_Width64_MatchesTorchvisionForwardAndBackward()
    {
        Assert.SkipUnless(await Run("-c", "import torchvision") == 0, "python3-torchvision is not installed: parity with torchvision was not checked");
        CancellationToken cancel = TestContext.Current.CancellationToken;
        manual_seed(11);
        using var model = new R3D18(64, 2);
        using Tensor clip = randn(2, 3, 8, 48, 48);
        using Tensor target = tensor([0f, 1f, 1f, 0f], 2, 2);
        using (DisposeScope scope = NewDisposeScope())
        using (no_grad())
        {
            // Moved off their initial values, so that a swap of weight and bias or of mean and variance would show.
            foreach ((string _, Tensor value) in model.state_dict().Where(entry => entry.Value.ndim == 1))
                value.add_(rand(value.shape) * 0.2);
            Dictionary<string, Tensor> given = model.state_dict();
            given.Add("clip", clip);
            given.Add("target", target);
            SafeTensors.Write(Path.Combine(folder, "given.safetensors"), given);
        }

        Assert.Equal(0, await Run(Path.Combine(AppContext.BaseDirectory, "Networks", "torchvision_r3d18.py"), Path.Combine(folder, "given.safetensors"), Path.Combine(folder, "expected.safetensors")));
        Dictionary<string, Tensor> expected = SafeTensors.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "expected.safetensors"), cancel));

        model.eval();
        using (no_grad())
            Assert.InRange(RelativeError(expected["eval"], model.call(clip)), 0, 1e-5);
        model.train();
        using Tensor logits = model.call(clip);
        Assert.InRange(RelativeError(expected["train"], logits), 0, 1e-5);
        nn.functional.binary_cross_entropy_with_logits(logits, target).backward();
        foreach ((string name, Parameter parameter) in model.named_parameters())
            Assert.True(RelativeError(expected["grad." + name], parameter.grad!) < 1e-4, $"gradient of {name}");
        Assert.InRange(RelativeError(expected["running_var"], model.state_dict()["stem.1.running_var"]), 0, 1e-5);
        Assert.Equal(expected.Count - 3, model.parameters().Count());
    }

    [Fact]
    public void R3D18_Width64_HasThePublishedNumberOfParameters()
    {
        using var model = new R3D18(64, 1);

        Assert.Equal(33_166_785, model.parameters().Sum(parameter => parameter.numel())); // the paper's backbone with one logit
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static double RelativeError(Tensor expected, Tensor actual)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        return (expected - actual).pow(2).sum().sqrt().ToDouble() / expected.pow(2).sum().sqrt().ToDouble();
    }

    private static async Task<int> Run(params string[] arguments)
    {
        if (!File.Exists(Python))
            return 127;
        using Process process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            TestContext.Current.SendDiagnosticMessage(errors);
        return process.ExitCode;
    }
}
