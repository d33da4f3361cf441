using System.Runtime.CompilerServices;
using System.Security.Claims;
using EchoClr.Dicom;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Finds studies, series and instances (PS3.18 10.6). What no column holds is read from a header: one a study, a series, an instance that is looked at.</summary>
internal sealed class Search(HeldObjectStore store, Holdings holdings)
{
    /// <summary>Answers where no limit is given, and the most in one response: a viewer's list, and a page that takes seconds.</summary>
    public const int DefaultLimit = 100, MaxLimit = 1000;

    /// <summary>Headers that one search may read: some seconds of a disk. Beyond it, PS3.18 Table 10.6.3-2 has 413.</summary>
    private const int MaxExamined = 5000;

    private const int StudiesAtATime = 50;

    /// <exception cref="DicomWebException">413: too much would have to be looked at.</exception>
    public async Task<SearchResult> RunAsync(QueryLevel level, Target? scope, SearchRequest request, ClaimsPrincipal reader, RetrieveUrl urls, CancellationToken cancellationToken)
    {
        var plan = SearchPlan.Of(request, scope);
        var limit = Math.Min(request.Limit ?? DefaultLimit, MaxLimit);
        // The database skips where it alone decides; else the answers are counted.
        var skipsStudies = level == QueryLevel.Study && plan.Rest.Count == 0;
        var (answers, examined, toSkip) = (new List<DicomDataset>(), 0, skipsStudies ? 0 : request.Offset);
        await foreach (var answer in ListAsync(level, scope, plan, request, skipsStudies ? request.Offset : 0, limit, reader, urls, cancellationToken))
        {
            if (++examined > MaxExamined)
                throw new DicomWebException(StatusCodes.Status413PayloadTooLarge, $"more than {MaxExamined} {level} headers would have to be read: search by a date, a patient, an accession number or a study as well");
            if (!plan.Rest.All(key => key.Matches(answer)) || toSkip-- > 0)
                continue;
            if (answers.Count == limit)
                return new SearchResult(answers, CutShort: request.Limit is null or > MaxLimit);
            answers.Add(answer);
        }
        return new SearchResult(answers, CutShort: false);
    }

    private async IAsyncEnumerable<DicomDataset> ListAsync(QueryLevel level, Target? scope, SearchPlan plan, SearchRequest request, int skip, int limit, ClaimsPrincipal reader, RetrieveUrl urls,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var take = level == QueryLevel.Study && plan.Rest.Count == 0 ? Math.Min(limit + 1, StudiesAtATime) : StudiesAtATime;
        while (true)
        {
            var studies = await store.ListStudiesAsync(plan.Studies, skip, take, cancellationToken);
            var objects = await holdings.ListAsync(studies, reader, cancellationToken);
            foreach (var study in studies)
            {
                var description = new Description(level, scope, request, study, [.. objects[study.Id].Where(item => scope?.Names(item) ?? true)], holdings, urls);
                foreach (var answer in description.Answers())
                    yield return answer;
            }
            if (studies.Count < take)
                yield break;
            skip += take;
        }
    }
}

/// <param name="CutShort">There are more than our own limit let through.</param>
internal sealed record SearchResult(IReadOnlyList<DicomDataset> Answers, bool CutShort);
