namespace EchoClr.Crash.Harness;

/// <summary>Where a run's folder lies: in memory where there is room, since what is durable is the journal's to say and not the disk's.</summary>
internal static class Scratch
{
    private const string Memory = "/dev/shm";

    /// <summary>A run of fifty kills takes some 100 MB; containers often have 64 MB there.</summary>
    private const long NeededBytes = 2L << 30;

    public static string Create(string name)
    {
        var root = Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > NeededBytes ? Memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(root, $"echoclr-crash-{name}")).FullName;
    }
}
