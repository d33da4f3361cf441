using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.Portal.DicomWeb;

/// <summary>DICOMweb's studies service (PS3.18 clause 10) under <c>/dicom-web</c>: search and retrieve, nothing that changes anything.</summary>
internal static class DicomWebServices
{
    public const string Root = "/dicom-web";
    public const string FileIsGone = "its file is gone";

    public static void AddDicomWeb(this IServiceCollection services)
    {
        services.AddSingleton<Holdings>();
        services.AddSingleton<Search>();
        services.AddSingleton<DecodedFrameSource>();
    }

    public static void MapDicomWeb(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Root).ExcludeFromDescription(); // PS3.18 describes it
        group.AddEndpointFilter(TranslateAsync);
        SearchEndpoints.Map(group);
        MetadataEndpoints.Map(group);
        InstanceEndpoints.Map(group);
        FrameEndpoints.Map(group);
        RenderedEndpoints.Map(group);
        BulkDataEndpoints.Map(group);
    }

    /// <summary>The one place where what went wrong becomes a status.</summary>
    private static async ValueTask<object?> TranslateAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        try
        {
            return await next(invocation);
        }
        catch (Exception e) when (StatusOf(e) is not null && !invocation.HttpContext.Response.HasStarted)
        {
            return Results.Problem(e is IOException ? FileIsGone : e.Message, statusCode: StatusOf(e)); // an IOException would name a path
        }
    }

    private static int? StatusOf(Exception exception) => exception switch
    {
        DicomWebException known => known.Status,
        CodecException or DicomFormatException => StatusCodes.Status422UnprocessableEntity, // it is here, and it is damaged
        FileNotFoundException or DirectoryNotFoundException => StatusCodes.Status410Gone, // given up by policy between the look and the reading
        _ => null,
    };
}
