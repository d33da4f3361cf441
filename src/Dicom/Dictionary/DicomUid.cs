using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Dicom;

/// <summary>Unique identifiers (PS3.5 clause 9): validity, deterministic new ones, and the names of the standard's.</summary>
public static class DicomUid
{
    /// <summary>PS3.5 9.1.</summary>
    public const int MaximumLength = 64;

    // The UUIDv5 namespace of all our derived UIDs: made once at random, never to change, or repeated work would get new identities.
    private static readonly byte[] Namespace = Convert.FromHexString("6F1C9E0B3D5A4C478A1E5B7C2D904E63");

    private static readonly Lazy<Dictionary<string, string>> Names = new(LoadNames);

    /// <summary>
    /// A UID that is always the same for the same parts: <c>2.25.</c> and the decimal value of a UUID version 5 (RFC 4122 4.3, PS3.5 B.2).
    /// The parts' boundaries count: ("a", "bc") and ("ab", "c") differ.
    /// </summary>
    public static string FromName(params string[] parts)
    {
        var name = new StringBuilder();
        foreach (var part in parts)
            name.Append(part.Length).Append(':').Append(part);
        byte[] message = [.. Namespace, .. Encoding.UTF8.GetBytes(name.ToString())];
#pragma warning disable CA5350 // UUID version 5 is defined by SHA-1; nothing is secured by it.
        var uuid = SHA1.HashData(message)[..16];
#pragma warning restore CA5350
        uuid[6] = (byte)(uuid[6] & 0x0F | 0x50); // version 5
        uuid[8] = (byte)(uuid[8] & 0x3F | 0x80); // RFC 4122 variant
        return "2.25." + new BigInteger(uuid, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Whether text is a UID: at most 64 characters, numbers without leading zeros separated by dots (PS3.5 9.1).</summary>
    public static bool IsValid(string? uid)
    {
        if (string.IsNullOrEmpty(uid) || uid.Length > MaximumLength)
            return false;
        var start = 0;
        for (var i = 0; i <= uid.Length; i++)
        {
            if (i < uid.Length && uid[i] != '.')
            {
                if (!char.IsAsciiDigit(uid[i]))
                    return false;
                continue;
            }
            var length = i - start;
            if (length == 0 || length > 1 && uid[start] == '0')
                return false;
            start = i + 1;
        }
        return true;
    }

    /// <summary>The name that PS3.6 Annex A gives to a UID, or null for a UID that is not the standard's.</summary>
    public static string? NameOf(string uid) => Names.Value.GetValueOrDefault(uid);

    private static Dictionary<string, string> LoadNames()
    {
        var names = new Dictionary<string, string>(512);
        foreach (var line in EmbeddedText.Lines("uids.txt"))
        {
            var columns = line.Split('\t');
            names.Add(columns[0], columns[2]);
        }
        return names;
    }
}
