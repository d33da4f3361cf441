namespace EchoClr.Crash.PowerCut;

/// <summary>What a record of libpowercut.so tells of; the numbers are its (powercut.h).</summary>
internal enum JournalKind
{
    Write = 1,
    Truncate = 2,
    SyncBegin = 3,
    SyncDone = 4,
    Create = 5,
    MakeDirectory = 6,
    Rename = 7,
    Unlink = 8,
    Link = 9,
    RemoveDirectory = 10,
}

/// <summary>One change below the folder, or one fsync.</summary>
/// <param name="Inode">Of the file; of a directory for its sync.</param>
/// <param name="Directory">Inode of the directory whose fsync makes a name durable.</param>
/// <param name="Offset">Write: where; Truncate: the new size.</param>
/// <param name="OldSize">Of the file before.</param>
/// <param name="Other">SyncDone: the sequence of its beginning; Rename: the inode of the file that was replaced, or 0.</param>
/// <param name="Data">What a write or a truncation replaced: the bytes from Offset on, as far as the file went.</param>
internal sealed record JournalRecord(
    JournalKind Kind, ulong Sequence, ulong Inode, ulong Directory, long Offset, long Length, long OldSize, ulong Other, string Path, string Path2, byte[] Data)
{
    public bool IsName => Kind is JournalKind.Create or JournalKind.MakeDirectory or JournalKind.Rename or JournalKind.Unlink or JournalKind.Link or JournalKind.RemoveDirectory;

    public bool IsContent => Kind is JournalKind.Write or JournalKind.Truncate;

    public bool ChangesSize => Kind == JournalKind.Truncate || Kind == JournalKind.Write && Offset + Length > OldSize;
}
