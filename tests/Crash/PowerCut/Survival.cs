namespace EchoClr.Crash.PowerCut;

/// <summary>What of a dead process's unsynced changes is still there.</summary>
internal enum Survival
{
    /// <summary>The process died, the machine did not: everything that was written is there.</summary>
    Everything,

    /// <summary>A power cut, read strictly (POSIX fsync): no name whose directory was not synced, no byte of a file that was not synced.</summary>
    Nothing,

    /// <summary>A power cut as disks have it: any pages of what was not synced, and of each directory's unsynced changes the first few.</summary>
    Some,
}
