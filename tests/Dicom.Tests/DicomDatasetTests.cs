using Xunit;

namespace EchoClr.Dicom.Tests;

public class DicomDatasetTests
{
    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1.0 / 3, "0.33333333333333")]
    [InlineData(-1.0 / 3, "-0.3333333333333")]
    [InlineData(-1.23456789012345e-100, "-1.234567890E-100")]
    [InlineData(123456789012345678.0, "1.234567890123E+17")]
    [InlineData(40, "40")]
    public void Set_Double_WritesADecimalStringOf16CharactersAtMost(double number, string expected)
    {
        var dataset = new DicomDataset().Set(DicomTags.FrameTime, number);
        var text = dataset.GetString(DicomTags.FrameTime)!;
        Assert.InRange(text.Length, 1, 16);
        Assert.Equal(double.Parse(expected), double.Parse(text), Math.Abs(number) * 1e-8);
    }

    [Fact]
    public void Set_Numbers_InEveryNumericVr()
    {
        var dataset = new DicomDataset()
            .Set(DicomTags.Rows, 400)
            .Set(DicomTags.RegionLocationMinX0, 70_000)
            .Set(DicomTags.ReferencePixelX0, -5)
            .Set(DicomTags.NumberOfFrames, 34)
            .Set(DicomTags.PhysicalDeltaX, 0.0375)
            .Set(DicomTags.GraphicData, 1.5, 2.5)
            .Set(DicomTags.SmallestImagePixelValue, -1)
            .Set(DicomTags.FrameTimeVector, 0, 40, 33.3);
        Assert.Equal(400, dataset.GetInt32(DicomTags.Rows));
        Assert.Equal(70_000, dataset.GetInt32(DicomTags.RegionLocationMinX0));
        Assert.Equal(-5, dataset.GetInt32(DicomTags.ReferencePixelX0));
        Assert.Equal("34", dataset.GetString(DicomTags.NumberOfFrames));
        Assert.Equal(0.0375, dataset.GetDouble(DicomTags.PhysicalDeltaX));
        Assert.Equal([1.5, 2.5], dataset.GetDoubles(DicomTags.GraphicData));
        Assert.Equal(-1, dataset.GetInt32(DicomTags.SmallestImagePixelValue));
        Assert.Equal([0, 40, 33.3], dataset.GetDoubles(DicomTags.FrameTimeVector));
    }

    [Fact]
    public void Set_WhatTheVrDoesNotAllow_IsRefused()
    {
        var dataset = new DicomDataset();
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.Rows, 70_000));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.Rows, 1.5));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.FrameTime, double.NaN));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.Modality, "MUCH TOO LONG A CODE"));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.Manufacturer, @"A\B"));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.Modality, "Ü"));
        Assert.Throws<ArgumentException>(() => dataset.Set(DicomTags.TextValue, "one", "two"));
        Assert.Throws<ArgumentException>(() => dataset.Set(new DicomTag(0x0019, 0x1001), "private"));
        Assert.Throws<ArgumentException>(() => dataset.SetSequence(DicomTags.Modality));
        Assert.Equal(0, dataset.Count);
    }

    [Fact]
    public void SetSequence_ItemOfAnotherDataset_IsRefusedUnlessCloned()
    {
        var item = new DicomDataset().Set(DicomTags.CodeValue, "1");
        var first = new DicomDataset().SetSequence(DicomTags.ConceptNameCodeSequence, item);
        Assert.Throws<ArgumentException>(() => new DicomDataset().SetSequence(DicomTags.ConceptNameCodeSequence, item));
        var second = new DicomDataset().SetSequence(DicomTags.ConceptNameCodeSequence, item.Clone());
        second.GetSequence(DicomTags.ConceptNameCodeSequence)[0].Set(DicomTags.CodeValue, "2");
        Assert.Equal("1", first.GetSequence(DicomTags.ConceptNameCodeSequence)[0].GetString(DicomTags.CodeValue));
    }

    [Fact]
    public void CopyFrom_CopiesValueBytesExactly()
    {
        byte[] name = [.. "J\u00E9r\u00F4me^  "u8[..2], 0xE9, 0x20, 0x00]; // trailing padding of two kinds and a byte that no declaration explains
        var source = new DicomDataset()
            .SetBytes(DicomTags.PatientName, DicomVr.PN, name)
            .SetBytes(DicomTags.StudyID, DicomVr.SH, " x"u8.ToArray())
            .SetEmpty(DicomTags.AccessionNumber)
            .SetSequence(DicomTags.ProcedureCodeSequence, new DicomDataset().SetBytes(DicomTags.CodeMeaning, DicomVr.LO, name));
        var copy = new DicomDataset().CopyFrom(source, DicomTags.PatientName, DicomTags.StudyID, DicomTags.AccessionNumber, DicomTags.PatientID, DicomTags.ProcedureCodeSequence);
        Assert.Equal(name, copy.GetBytes(DicomTags.PatientName).ToArray());
        Assert.Equal(" x"u8.ToArray(), copy.GetBytes(DicomTags.StudyID).ToArray());
        Assert.True(copy.TryGet(DicomTags.AccessionNumber, out var accession) && accession.IsEmpty);
        Assert.False(copy.Contains(DicomTags.PatientID));
        Assert.Equal(name, copy.GetSequence(DicomTags.ProcedureCodeSequence)[0].GetBytes(DicomTags.CodeMeaning).ToArray());
        Assert.Equal(DicomDatasetWriter.Encode(source, TransferSyntax.ExplicitVRLittleEndian), DicomDatasetWriter.Encode(copy, TransferSyntax.ExplicitVRLittleEndian));
    }

    [Fact]
    public void Get_WhatCannotBeUnderstood_IsNullOrEmpty()
    {
        var dataset = new DicomDataset()
            .SetBytes(DicomTags.NumberOfFrames, DicomVr.IS, "1A"u8.ToArray())
            .SetBytes(DicomTags.FrameTime, DicomVr.DS, "NaN "u8.ToArray())
            .SetBytes(DicomTags.FrameTimeVector, DicomVr.DS, @"0\40\x "u8.ToArray())
            .SetBytes(DicomTags.Rows, DicomVr.US, new byte[] { 1 })
            .SetBytes(DicomTags.PatientID, DicomVr.LO, "    "u8.ToArray())
            .SetBytes(DicomTags.FrameIncrementPointer, DicomVr.AT, new byte[] { 1, 2, 3 });
        Assert.Null(dataset.GetInt32(DicomTags.NumberOfFrames));
        Assert.Null(dataset.GetDouble(DicomTags.FrameTime));
        Assert.Empty(dataset.GetDoubles(DicomTags.FrameTimeVector));
        Assert.Null(dataset.GetInt32(DicomTags.Rows));
        Assert.Null(dataset.GetString(DicomTags.Rows));
        Assert.Null(dataset.GetString(DicomTags.PatientID));
        Assert.Null(dataset.GetString(DicomTags.FrameIncrementPointer));
        Assert.Null(dataset.GetString(DicomTags.StudyInstanceUID));
        Assert.Empty(dataset.GetSequence(DicomTags.Rows));
    }

    [Fact]
    public void GetString_TrimsPaddingButKeepsLeadingSpacesOfText()
    {
        var dataset = new DicomDataset()
            .SetBytes(DicomTags.StudyInstanceUID, DicomVr.UI, "1.2.3\0"u8.ToArray())
            .SetBytes(DicomTags.ImageType, DicomVr.CS, @"ORIGINAL \ PRIMARY\\0001 "u8.ToArray())
            .SetBytes(DicomTags.TextValue, DicomVr.UT, @"  a\b  "u8.ToArray());
        Assert.Equal("1.2.3", dataset.GetString(DicomTags.StudyInstanceUID));
        Assert.Equal(["ORIGINAL", "PRIMARY", "", "0001"], dataset.GetStrings(DicomTags.ImageType));
        Assert.Equal(@"  a\b", dataset.GetString(DicomTags.TextValue));
    }

    [Fact]
    public void Set_Tags_AndRepeatingGroups()
    {
        var dataset = new DicomDataset().Set(DicomTags.FrameIncrementPointer, DicomTags.FrameTimeVector);
        Assert.Equal("(0018,1065)", dataset.GetString(DicomTags.FrameIncrementPointer));
        Assert.Equal([0x18, 0x00, 0x65, 0x10], dataset.GetBytes(DicomTags.FrameIncrementPointer).ToArray());
        Assert.Equal("OverlayRows", DicomDictionary.Keyword(new DicomTag(0x6002, 0x0010)));
        Assert.Equal(DicomVr.UL, DicomDictionary.Vr(new DicomTag(0x0009, 0x0000)));
    }

    [Fact]
    public void Remove_ThenSetElsewhere_FreesTheItems()
    {
        var item = new DicomDataset();
        var dataset = new DicomDataset().SetSequence(DicomTags.ContentSequence, item);
        Assert.True(dataset.Remove(DicomTags.ContentSequence));
        Assert.False(dataset.Remove(DicomTags.ContentSequence));
        Assert.Single(new DicomDataset().SetSequence(DicomTags.ContentSequence, item));
    }
}
