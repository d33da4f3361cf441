using EchoClr.Dicom;
using EchoClr.Portal.Cines;

namespace EchoClr.Portal.Tests;

public sealed class FrameTimesTests
{
    [Fact]
    public void Vector_OfOneValueAFrame_IsBelieved_WhateverItsFirstSays() =>
        Assert.Equal([0, 30, 80], FrameTimes.Of(new DicomDataset().Set(DicomTags.FrameTimeVector, 40.0, 30, 50).Set(DicomTags.FrameTime, 33), 3).Times);

    [Fact]
    public void Vector_OfOneValueAPair_IsBelieved() => Assert.Equal([0, 30, 80], FrameTimes.Of(new DicomDataset().Set(DicomTags.FrameTimeVector, 30.0, 50), 3).Times);

    [Fact]
    public void Vector_WithABadValue_GivesWayToFrameTime() =>
        Assert.Equal([0, 33, 66], FrameTimes.Of(new DicomDataset().Set(DicomTags.FrameTimeVector, 0.0, 30, 0).Set(DicomTags.FrameTime, 33), 3).Times);

    [Fact]
    public void CineRate_IsAsked_WhereNoFrameTimeIs() => Assert.Equal([0, 20, 40], FrameTimes.Of(new DicomDataset().Set(DicomTags.FrameTime, 0).Set(DicomTags.CineRate, 50), 3).Times);

    [Fact]
    public void Silence_IsAssumed_AndSaid()
    {
        var (times, assumed) = FrameTimes.Of(new DicomDataset(), 2);
        Assert.True(assumed);
        Assert.Equal(FrameTimes.AssumedMilliseconds, times[1]);
    }
}
