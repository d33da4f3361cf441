using System.Text;
using EchoClr.Dicom;

namespace EchoClr.Inference.Pacs;

/// <summary>Who a study is of, and its accession number, as text; "" where nothing is said.</summary>
public sealed record PatientIdentity(string PatientId, string Name, string BirthDate, string Sex, string AccessionNumber)
{
    public static PatientIdentity Of(DicomDataset dataset) => new(
        Value(dataset, DicomTags.PatientID), Value(dataset, DicomTags.PatientName), Value(dataset, DicomTags.PatientBirthDate), Value(dataset, DicomTags.PatientSex),
        Value(dataset, DicomTags.AccessionNumber));

    /// <summary>
    /// Whether both can be the same person, as far as both sides say something. Records are corrected one thing at a time: with the same ID, one of name, birth date and sex may
    /// differ (a marriage, a typing error); another ID needs the same name and the same birth date (a merge). Anything else is another patient, or a correction that a person must see.
    /// </summary>
    public bool CanBe(PatientIdentity other)
    {
        var id = Same(PatientId, other.PatientId, text => text.Trim());
        var name = Same(Name, other.Name, NameKey);
        var birthDate = Same(BirthDate, other.BirthDate, text => text.Trim());
        var sex = Same(Sex, other.Sex, text => text.Trim().ToUpperInvariant());
        var different = ((bool?[])[id, name, birthDate, sex]).Count(same => same == false);
        return different == 0 || different == 1 && (id == true || id == false && name == true && birthDate == true);
    }

    /// <summary>Puts what is said here, and differs, into a header. What names the issuer of an old number, or repeats it, goes.</summary>
    /// <returns>False where a value cannot be written in the header's character set, or breaks its VR; then the header is half changed and must not be used.</returns>
    public bool TryApplyTo(DicomDataset header)
    {
        var received = Of(header);
        var characterSet = CharacterSet.Parse(header.GetStrings(DicomTags.SpecificCharacterSet));
        try
        {
            foreach (var (tag, before, now) in ((DicomTag, string, string)[])
            [
                (DicomTags.PatientID, received.PatientId, PatientId), (DicomTags.PatientName, received.Name, Name), (DicomTags.PatientBirthDate, received.BirthDate, BirthDate),
                (DicomTags.PatientSex, received.Sex, Sex), (DicomTags.AccessionNumber, received.AccessionNumber, AccessionNumber),
            ])
            {
                if (now.Length == 0 || now == before)
                    continue;
                characterSet.Encode(now);
                header.Set(tag, now);
                if (tag == DicomTags.PatientID)
                    Remove(header, DicomTags.IssuerOfPatientID, DicomTags.IssuerOfPatientIDQualifiersSequence);
                if (tag != DicomTags.AccessionNumber)
                    continue;
                Remove(header, DicomTags.IssuerOfAccessionNumberSequence);
                foreach (var request in header.GetSequence(DicomTags.RequestAttributesSequence))
                    request.Remove(DicomTags.AccessionNumber);
            }
            return true;
        }
        catch (Exception exception) when (exception is EncoderFallbackException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Null where one side says nothing.</summary>
    private static bool? Same(string one, string other, Func<string, string> key) =>
        key(one).Length == 0 || key(other).Length == 0 ? null : string.Equals(key(one), key(other), StringComparison.Ordinal);

    /// <summary>The alphabetic group, without what tells nobody apart: case, and empty components at the end.</summary>
    private static string NameKey(string name) =>
        string.Join('^', name.Split('=')[0].Split('^').Select(part => part.Trim().ToUpperInvariant())).TrimEnd('^');

    private static string Value(DicomDataset dataset, DicomTag tag) => dataset.GetString(tag) ?? "";

    private static void Remove(DicomDataset header, params DicomTag[] tags)
    {
        foreach (var tag in tags)
            header.Remove(tag);
    }
}
