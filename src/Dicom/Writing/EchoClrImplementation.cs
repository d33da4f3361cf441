namespace EchoClr.Dicom;

/// <summary>What we call ourselves in meta information and associations (PS3.7 D.3.3.2).</summary>
public static class EchoClrImplementation
{
    /// <summary>Made once at random under 2.25 (PS3.5 B.2); the same for every version.</summary>
    public const string ClassUid = "2.25.183949280236041719471529862071934587312";

    /// <summary>Of at most 16 characters.</summary>
    public const string VersionName = "ECHOCLR_1";

    /// <summary>Manufacturer (0008,0070) of every object that we write; by it our own objects are known when a PACS routes them back to us.</summary>
    public const string Manufacturer = "EchoCLR project";
}
