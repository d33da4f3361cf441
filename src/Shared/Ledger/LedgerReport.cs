using System.Globalization;

namespace EchoClr.Shared.Ledger;

/// <summary>What an audit found: the terms of the equation, and every row that breaks it.</summary>
public sealed record LedgerReport(LedgerCounts Counts, IReadOnlyList<LedgerBreak> Breaks)
{
    public bool IsWhole => Breaks.Count == 0;
}

/// <summary>Instances that were answered Success, by where they stand. <see cref="Instances"/> is counted apart from the others: that they add up is the equation.</summary>
/// <param name="Own">Objects of ours that came back by the PACS's routing; kept, never analysed, and not in the equation.</param>
public sealed record LedgerCounts(long Instances, long Reported, long Refused, long Waiting, long Parked, long Inherited, long Rejected, long Expired, long Own)
{
    public bool AddsUp => Instances == Reported + Refused + Waiting + Parked + Inherited + Rejected + Expired;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Instances} instances {(AddsUp ? "=" : "≠")} {Reported} reported + {Refused} refused + {Waiting} waiting + {Parked} parked + {Inherited} inherited + {Rejected} rejected + {Expired} expired; {Own} of our own came back");
}

/// <param name="Row">Table and id, or the file.</param>
/// <param name="What">What is wrong with it, as the end of a sentence that begins with the row.</param>
public sealed record LedgerBreak(string Row, string What)
{
    public override string ToString() => $"{Row} {What}";
}
