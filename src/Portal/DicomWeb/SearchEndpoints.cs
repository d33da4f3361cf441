using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>The search transaction (QIDO-RS, PS3.18 10.6) on its six resources.</summary>
internal static class SearchEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/studies", (HttpContext context, Search search, Looks looks) => AnswerAsync(QueryLevel.Study, null, context, search, looks));
        app.MapGet("/series", (HttpContext context, Search search, Looks looks) => AnswerAsync(QueryLevel.Series, null, context, search, looks));
        app.MapGet("/instances", (HttpContext context, Search search, Looks looks) => AnswerAsync(QueryLevel.Instance, null, context, search, looks));
        app.MapGet("/studies/{study}/series", (string study, HttpContext context, Search search, Looks looks) => AnswerAsync(QueryLevel.Series, Target.Of(study), context, search, looks));
        app.MapGet("/studies/{study}/instances", (string study, HttpContext context, Search search, Looks looks) => AnswerAsync(QueryLevel.Instance, Target.Of(study), context, search, looks));
        app.MapGet("/studies/{study}/series/{series}/instances", (string study, string series, HttpContext context, Search search, Looks looks) =>
            AnswerAsync(QueryLevel.Instance, Target.Of(study, series), context, search, looks));
    }

    private static async Task<IResult> AnswerAsync(QueryLevel level, Target? scope, HttpContext context, Search search, Looks looks)
    {
        DicomJsonResponse.Negotiate(context.Request);
        var request = SearchRequest.Of(context.Request.Query, level);
        await (scope is null ? looks.AtWorklistAsync(context, context.RequestAborted) : looks.AtStudyAsync(context, scope.Study, context.RequestAborted));
        var result = await search.RunAsync(level, scope, request, context.User, new RetrieveUrl(context.Request), context.RequestAborted);
        var warnings = new List<string>();
        if (request.FuzzyMatching) // PS3.18 8.3.4.2: refused by a warning, not by a failure
            warnings.Add("The fuzzymatching parameter is not supported. Only literal matching has been performed.");
        if (result.CutShort) // 8.3.4.4
            warnings.Add("The number of results exceeded the maximum supported by the server. Additional results can be requested.");
        foreach (var warning in warnings)
            context.Response.Headers.Append("Warning", $"299 {context.Request.Host} \"{warning}\"");
        if (result.Answers.Count == 0)
            return Results.NoContent(); // 8.3.4.4.1
        await DicomJsonResponse.WriteAsync(context, result.Answers);
        return Results.Empty;
    }
}
