using System.Globalization;
using EchoClr.Dicom.Net.UpperLayer;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Holds PS3.8 Table 9-10 by a second transcription, taken down its columns (states) where the product's goes along its rows (events).</summary>
public sealed class StateTableTests
{
    // State, then each event that can happen there and its action.
    private const string Columns = """
        1:  1 AE-1, 5 AE-5
        2:  3 AA-1, 4 AA-1, 6 AE-6, 10 AA-1, 12 AA-1, 13 AA-1, 16 AA-2, 17 AA-5, 18 AA-2, 19 AA-1
        3:  3 AA-8, 4 AA-8, 6 AA-8, 7 AE-7, 8 AE-8, 10 AA-8, 12 AA-8, 13 AA-8, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        4:  2 AE-2, 15 AA-2, 17 AA-4
        5:  3 AE-3, 4 AE-4, 6 AA-8, 10 AA-8, 12 AA-8, 13 AA-8, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        6:  3 AA-8, 4 AA-8, 6 AA-8, 9 DT-1, 10 DT-2, 11 AR-1, 12 AR-2, 13 AA-8, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        7:  3 AA-8, 4 AA-8, 6 AA-8, 10 AR-6, 12 AR-8, 13 AR-3, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        8:  3 AA-8, 4 AA-8, 6 AA-8, 9 AR-7, 10 AA-8, 12 AA-8, 13 AA-8, 14 AR-4, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        9:  3 AA-8, 4 AA-8, 6 AA-8, 10 AA-8, 12 AA-8, 13 AA-8, 14 AR-9, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        10: 3 AA-8, 4 AA-8, 6 AA-8, 10 AA-8, 12 AA-8, 13 AR-10, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        11: 3 AA-8, 4 AA-8, 6 AA-8, 10 AA-8, 12 AA-8, 13 AR-3, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        12: 3 AA-8, 4 AA-8, 6 AA-8, 10 AA-8, 12 AA-8, 13 AA-8, 14 AR-4, 15 AA-1, 16 AA-3, 17 AA-4, 19 AA-8
        13: 3 AA-6, 4 AA-6, 6 AA-7, 10 AA-6, 12 AA-6, 13 AA-6, 16 AA-2, 17 AR-5, 18 AA-2, 19 AA-7
        """;

    [Fact]
    public void ActionFor_EveryCell_IsTheStandards()
    {
        var expected = new Dictionary<(UpperLayerEvent, UpperLayerState), UpperLayerAction>();
        foreach (var line in Columns.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (state, cells) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            foreach (var cell in cells.Split(',', StringSplitOptions.TrimEntries))
            {
                var words = cell.Split(' ');
                expected[((UpperLayerEvent)int.Parse(words[0], CultureInfo.InvariantCulture), (UpperLayerState)int.Parse(state, CultureInfo.InvariantCulture))] =
                    Enum.Parse<UpperLayerAction>(words[1].Replace("-", "", StringComparison.Ordinal));
            }
        }

        Assert.Equal(123, expected.Count);
        foreach (var state in Enum.GetValues<UpperLayerState>())
            foreach (var @event in Enum.GetValues<UpperLayerEvent>())
                Assert.Equal(
                    $"{@event} in {state}: {expected.GetValueOrDefault((@event, state))}",
                    $"{@event} in {state}: {StateTable.ActionFor(@event, state)}");
    }

    [Theory]
    [InlineData("AE1", 4)]
    [InlineData("AE2", 5)]
    [InlineData("AE3", 6)]
    [InlineData("AE4", 1)]
    [InlineData("AE5", 2)]
    [InlineData("AE7", 6)]
    [InlineData("AE8", 13)]
    [InlineData("DT1", 6)]
    [InlineData("DT2", 6)]
    [InlineData("AR1", 7)]
    [InlineData("AR2", 8)]
    [InlineData("AR3", 1)]
    [InlineData("AR4", 13)]
    [InlineData("AR5", 1)]
    [InlineData("AR6", 7)]
    [InlineData("AR7", 8)]
    [InlineData("AR9", 11)]
    [InlineData("AR10", 12)]
    [InlineData("AA1", 13)]
    [InlineData("AA2", 1)]
    [InlineData("AA3", 1)]
    [InlineData("AA4", 1)]
    [InlineData("AA5", 1)]
    [InlineData("AA6", 13)]
    [InlineData("AA7", 13)]
    [InlineData("AA8", 13)]
    public void NextState_EveryAction_IsTheStandards(string action, int state)
    {
        var next = StateTable.NextState(Enum.Parse<UpperLayerAction>(action), acceptable: true, requestor: true);
        Assert.Equal((UpperLayerState)state, next);
    }

    [Fact]
    public void NextState_TheTwoForks_FollowTheirConditions()
    {
        Assert.Equal(UpperLayerState.Sta3, StateTable.NextState(UpperLayerAction.AE6, acceptable: true, requestor: false));
        Assert.Equal(UpperLayerState.Sta13, StateTable.NextState(UpperLayerAction.AE6, acceptable: false, requestor: false));
        Assert.Equal(UpperLayerState.Sta9, StateTable.NextState(UpperLayerAction.AR8, acceptable: true, requestor: true));
        Assert.Equal(UpperLayerState.Sta10, StateTable.NextState(UpperLayerAction.AR8, acceptable: true, requestor: false));
    }
}
