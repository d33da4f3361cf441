using System.Text;

namespace EchoClr.Crash.PowerCut;

/// <summary>Reads what libpowercut.so wrote. A torn last record is what the process died in: it did not come to the change that the record was to announce.</summary>
internal static class Journal
{
    private const uint Magic = 0x54554350;
    private const int HeaderLength = 80;

    public static IReadOnlyList<JournalRecord> Read(string path)
    {
        var records = new List<JournalRecord>();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        while (stream.Length - stream.Position >= HeaderLength)
        {
            if (reader.ReadUInt32() != Magic)
                throw new InvalidDataException($"{path} is no journal, or a damaged one, before byte {stream.Position}");
            var kind = (JournalKind)reader.ReadUInt32();
            var (sequence, inode, directory) = (reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
            var (offset, length, oldSize, other) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64());
            var (pathLength, path2Length, dataLength, _) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            if (stream.Length - stream.Position < (long)pathLength + path2Length + dataLength)
                break;
            records.Add(new JournalRecord(kind, sequence, inode, directory, offset, length, oldSize, other, Text(pathLength), Text(path2Length), reader.ReadBytes(dataLength)));
        }
        return records;

        string Text(int bytes) => Encoding.UTF8.GetString(reader.ReadBytes(bytes));
    }
}
