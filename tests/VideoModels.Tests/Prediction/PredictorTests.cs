using System.Text.Json.Nodes;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.VideoModels.Tests.Prediction;

public sealed class PredictorTests : IDisposable
{
    private static readonly ModelInput input = new(8, 32, 50, 0.2, 0.25);
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-model-").FullName;

    [Fact]
    public void Predict_ReleasedModel_IsTheCalibratedMeanOverWindows()
    {
        using R3D18 network = Release();
        ReadOnlyMemory<byte>[] windows = [.. Enumerable.Range(0, 4).Select(seed => (ReadOnlyMemory<byte>)Noise(seed))];
        using var predictor = new Predictor(ModelRelease.Load(folder));

        double[] video = predictor.Predict(windows);

        // One by one and by hand: no batch effect, no order effect, the calibration of the manifest.
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        var expected = new double[2];
        foreach (ReadOnlyMemory<byte> window in windows)
        {
            float[] pixels = [.. window.ToArray().Select(value => (value / 255f - 0.2f) / 0.25f)];
            Tensor plane = tensor(pixels, 1, 1, 8, 32, 32);
            float[] logits = network.call(cat([plane, plane, plane], 1)).data<float>().ToArray();
            expected[0] += Probability.Sigmoid(logits[0] / 2 + 0.1) / 4;
            expected[1] += Probability.Sigmoid(logits[1]) / 4;
        }
        Assert.Equal(expected[0], video[0], 5);
        Assert.Equal(expected[1], video[1], 5);
    }

    [Fact]
    public void PredictAndExplain_ManyTimes_LeaveNoTensorBehind()
    {
        Release().Dispose();
        using var predictor = new Predictor(ModelRelease.Load(folder));
        long before = Tensor.TotalCount;

        for (int i = 0; i < 3; i++)
        {
            predictor.Predict([Noise(i), Noise(i + 1)]);
            Assert.Equal(input.WindowBytes, predictor.Explain([Noise(i)], 1).Single().Values.Length);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Predict_WindowOfAnotherSize_IsRefused()
    {
        Release().Dispose();
        using var predictor = new Predictor(ModelRelease.Load(folder));

        Assert.Throws<ArgumentException>(() => predictor.Predict([new byte[input.WindowBytes - 1]]));
    }

    [Fact]
    public void Load_WeightsThatTheManifestDoesNotName_IsRefused()
    {
        Release().Dispose();
        string weights = Path.Combine(folder, ModelRelease.WeightsFileName);
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        Assert.Contains("SHA-256", Assert.Throws<InvalidDataException>(() => ModelRelease.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("width", "0")]
    [InlineData("classes", "[]")]
    [InlineData("calibration", """{"temperature":[1],"offset":[0]}""")]
    [InlineData("thresholds", "[]")]
    [InlineData("thresholds", """[{"class":"AS","report":0.9,"alert":0.5},{"class":"LVH","report":0.5,"alert":0.9}]""")]
    [InlineData("weights", """{"file":"../other.safetensors","sha256":"","type":"float16"}""")]
    [InlineData("synthetic", null)]
    [InlineData("unheardOf", "1")]
    public void Load_ManifestThatIsWrong_IsRefused(string key, string? value)
    {
        Release().Dispose();
        string path = Path.Combine(folder, ModelManifest.FileName);
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        manifest.Remove(key);
        if (value is not null)
            manifest[key] = JsonNode.Parse(value);
        File.WriteAllText(path, manifest.ToJsonString());

        Assert.Throws<InvalidDataException>(() => ModelRelease.Load(folder));
    }

    [Fact]
    public void WriteRead_Manifest_KeepsEveryField()
    {
        Release().Dispose();
        string path = Path.Combine(folder, ModelManifest.FileName);
        string before = File.ReadAllText(path);

        ModelManifest.Read(path).Write(path);

        Assert.Equal(before, File.ReadAllText(path));
        Assert.Contains("\"task\": \"findings\"", before, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private R3D18 Release()
    {
        manual_seed(9);
        var network = new R3D18(2, 2);
        network.eval();
        string weights = Path.Combine(folder, ModelRelease.WeightsFileName);
        SafeTensors.Write(weights, network.state_dict());
        new ModelManifest
        {
            Name = "test",
            Version = "0",
            Task = ModelTask.Findings,
            Width = 2,
            Classes = ["AS", "LVH"],
            Input = input,
            Calibration = new Calibration([2, 1], [0.1, 0]),
            Thresholds = [new Thresholds("AS", 0.5, 0.9), new Thresholds("LVH", 0.5, 0.9)],
            Weights = new WeightsFile(ModelRelease.WeightsFileName, ModelRelease.Hash(File.ReadAllBytes(weights)), "float32"),
            Command = "none",
            Seed = 9,
            Data = "none",
            Metrics = [new Metric("AUROC", "AS", 0.5, 0.4, 0.6, 10, 5)],
            Synthetic = true,
            IntendedUse = "a test",
            Environment = "here",
        }.Write(Path.Combine(folder, ModelManifest.FileName));
        return network;
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[input.WindowBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
