using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Shared.Data;

/// <summary>The objects of a study version that an analysis could read; two versions with the same set have the same findings.</summary>
internal static class CineSet
{
    internal const string SelectMembers = """
        SELECT i.sop_class_uid, i.number_of_frames, i.dataset_sha256
        FROM study_version_instance m JOIN instance i ON i.id = m.instance_id WHERE m.study_version_id = @Id ORDER BY i.dataset_sha256
        """;

    // Ultrasound Multi-frame Image Storage, and its retired forerunner.
    private static readonly string[] CineClasses = ["1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.3"];

    /// <summary>Every multi-frame ultrasound object counts, whatever it shows: the view gate may change with the model, the bytes do not.</summary>
    public static string Sha256(IEnumerable<Member> members) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n',
        from member in members
        where CineClasses.Contains(member.SopClassUid) && member.NumberOfFrames is null or > 1
        orderby member.DatasetSha256 select member.DatasetSha256))));

    internal sealed record Member
    {
        public string SopClassUid { get; init; } = "";
        public int? NumberOfFrames { get; init; }
        public string DatasetSha256 { get; init; } = "";
    }
}
