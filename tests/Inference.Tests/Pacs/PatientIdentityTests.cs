using EchoClr.Dicom;
using EchoClr.Inference.Pacs;
using EchoClr.Inference.Tests.Reporting;

namespace EchoClr.Inference.Tests.Pacs;

public class PatientIdentityTests
{
    private static readonly PatientIdentity Received = new("MRN 0815", "Mueller^Juergen", "19400102", "M", "A-1");

    [Theory]
    [InlineData("MRN 0815", "Mueller^Juergen", "19400102", "M", true)]
    [InlineData("MRN 0815", "MUELLER^JUERGEN^^^", "19400102", "m", true)] // the same, written otherwise
    [InlineData("P-9", "Mueller^Juergen", "19400102", "M", true)] // merged
    [InlineData("MRN 0815", "Meier^Juergen", "19400102", "M", true)] // married
    [InlineData("MRN 0815", "Mueller^Juergen", "19400201", "M", true)] // a date corrected
    [InlineData("P-9", "", "", "", false)] // nothing agrees
    [InlineData("", "", "", "", true)] // nothing is said
    [InlineData("P-9", "Mueller^Juergen", "19400102", "", true)]
    [InlineData("P-9", "Mueller^Juergen", "", "", false)] // a name alone is many people's
    [InlineData("P-9", "", "19400102", "", false)] // so is a birth date
    [InlineData("P-9", "", "", "M", false)] // and half of all are men
    [InlineData("", "Meier^Juergen", "19400102", "M", false)]
    [InlineData("", "Mueller^Juergen", "", "", true)] // nothing differs
    [InlineData("P-9", "Meier^Juergen", "19400102", "M", false)] // two things differ
    [InlineData("MRN 0815", "Meier^Anna", "19400102", "F", false)]
    [InlineData("P-9", "Schmidt^Anna", "19811224", "F", false)]
    public void CanBe_OneThingMayDiffer_WhereTheRestIdentifies(string id, string name, string birthDate, string sex, bool can)
    {
        var present = new PatientIdentity(id, name, birthDate, sex, "A-2");
        Assert.Equal(can, present.CanBe(Received));
        Assert.Equal(can, Received.CanBe(present));
    }

    [Fact]
    public void TryApplyTo_ChangedNumbers_DropTheirIssuers_AndKeepTheRestByteForByte()
    {
        var header = SomeReport.Header();
        header.GetSequence(DicomTags.RequestAttributesSequence)[0].Set(DicomTags.AccessionNumber, "A-2026-17");
        var present = PatientIdentity.Of(header) with { PatientId = "MRN 4711", AccessionNumber = "B-1" };

        Assert.True(present.TryApplyTo(header));

        Assert.Equal(present, PatientIdentity.Of(header));
        Assert.Null(header.GetString(DicomTags.IssuerOfPatientID));
        Assert.Null(header.GetSequence(DicomTags.RequestAttributesSequence)[0].GetString(DicomTags.AccessionNumber));
        Assert.Equal("Müller^Jürgen", header.GetString(DicomTags.PatientName));
    }

    [Theory]
    [InlineData("Папаниколау^Георгий", false)] // not in ISO_IR 100
    [InlineData("Müller-Lüdenscheidt^Jürgen", true)]
    public void TryApplyTo_NameThatTheCharacterSetLacks_IsNotWritten(string name, bool written)
    {
        var header = SomeReport.Header();
        Assert.Equal(written, (PatientIdentity.Of(header) with { Name = name }).TryApplyTo(header));
    }

    [Fact]
    public void TryApplyTo_ValueThatBreaksItsVr_IsNotWritten()
    {
        var header = SomeReport.Header();
        Assert.False((PatientIdentity.Of(header) with { AccessionNumber = "more than the sixteen characters of SH" }).TryApplyTo(header));
    }
}
