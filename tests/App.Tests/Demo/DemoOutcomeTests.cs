using EchoClr.App.Demo;
using EchoClr.Shared.Data;

namespace EchoClr.App.Tests.Demo;

/// <summary>When the demonstration calls a confirmed study good: when the PACS gives back everything that was written for it.</summary>
public sealed class DemoOutcomeTests
{
    private static readonly WorklistRow Confirmed = new(new StudyRow(), new StudyVersionRow(), WorklistState.Confirmed, null, null, [], [], null);

    [Theory]
    [InlineData("2.25.1", 1, new[] { 43 }, true)]
    [InlineData("2.25.1", 0, new int[0], true)] // no part of the picture argued for a finding: there is no cine to hold
    [InlineData("2.25.1", 1, new int[0], false)]
    [InlineData("2.25.1", 2, new[] { 43 }, false)]
    [InlineData("2.25.1", 1, new[] { 1 }, false)] // a still is no cine
    [InlineData(null, 1, new[] { 43 }, false)]
    public void Confirmed_IsGoodWhereThePacsHoldsAllThatWasWritten(string? report, int written, int[] frames, bool good) =>
        Assert.Equal(good, new DemoOutcome(new DemoStudy("2.25.2", "P", [], 1, null), Confirmed, "", new PacsHoldings(report, frames, written)).Good);
}
