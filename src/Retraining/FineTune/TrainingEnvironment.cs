using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.FineTune;

/// <summary>What the last bits of trained weights depend on beside plan and data.</summary>
public static class TrainingEnvironment
{
    private const string CpuInfo = "/proc/cpuinfo";

    public static string Describe(int threads)
    {
        string processor = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor"
            : "unknown processor";
        return $"{processor}, {threads} threads, libtorch {SupervisedTrainer.LibraryVersion}";
    }
}
