using System.Security.Claims;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;

namespace EchoClr.Portal;

/// <summary>How a reader reads a study: what is asked, what was answered, and whether the AI is still hidden.</summary>
public sealed class Reading(Worklist worklist, ReaderAnswers answers)
{
    /// <summary>The questions that a reader answers, whether or not the model did.</summary>
    public static readonly IReadOnlyList<string> Questions = ["AS", "LVH"];

    /// <summary>A blind reader sees nothing of the AI until every question is answered.</summary>
    public async Task<bool> IsHiddenAsync(ClaimsPrincipal reader, string studyInstanceUid, CancellationToken cancellationToken) =>
        reader.ReadsBlind() && (await worklist.FindAsync(studyInstanceUid, cancellationToken) is not { } row || !HasAnswered(reader, await answers.ListAsync(row.Study.Id, cancellationToken)));

    /// <summary>Rows of a list for a reader: without the findings for a blind one, else noted as seen before they are shown.</summary>
    public static async Task<IReadOnlyList<WorklistRow>> ShowAsync(ReaderAnswers answers, ClaimsPrincipal reader, IReadOnlyList<WorklistRow> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (reader.ReadsBlind())
            return [.. rows.Select(row => row with { Findings = [] })];
        await answers.RecordSeenAsync(reader.Id(), [.. rows.Where(row => row.Findings.Count > 0).Select(row => row.Analysis!.Id)], now, cancellationToken);
        return rows;
    }

    /// <summary>Whether a reader has an answer to every question among these.</summary>
    public static bool HasAnswered(ClaimsPrincipal reader, IReadOnlyList<LabelRow> given) => Questions.All(question => given.Any(label => label.Name == question && label.Reader == reader.Identity!.Name));
}
