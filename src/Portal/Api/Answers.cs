using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EchoClr.Portal.Api;

/// <summary>What addresses under <c>/api</c> answer where they do not do what was asked: RFC 9457, with one sentence.</summary>
internal static class Answers
{
    /// <summary>Pages of lists, where none is asked for, and at most.</summary>
    public const int PageSize = 50, MaxPageSize = 500;

    public static ProblemHttpResult NotFound(string what) => TypedResults.Problem(what, statusCode: StatusCodes.Status404NotFound);

    /// <summary>What was sent makes no sense.</summary>
    public static ProblemHttpResult BadRequest(string why) => TypedResults.Problem(why, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>It makes sense, and cannot be done as things stand.</summary>
    public static ProblemHttpResult Conflict(string why) => TypedResults.Problem(why, statusCode: StatusCodes.Status409Conflict);

    /// <summary>204 where it was done.</summary>
    public static Results<NoContent, ProblemHttpResult> Done(string? refusal) => refusal is null ? TypedResults.NoContent() : Conflict(refusal);

    public static int Take(int? take) => Math.Clamp(take ?? PageSize, 1, MaxPageSize);
}
