using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Viewer;

/// <summary>The OHIF viewer at <c>/viewer</c>, where <see cref="PortalOptions.ViewerFolder"/> says where it is; for readers, over <c>/dicom-web</c>.</summary>
internal static class ViewerEndpoints
{
    /// <summary>The address that opens a study.</summary>
    public static string Url(string studyInstanceUid) => $"{ViewerFiles.Root}/viewer?StudyInstanceUIDs={Uri.EscapeDataString(studyInstanceUid)}";

    public static void MapViewer(this IEndpointRouteBuilder app, PortalOptions options)
    {
        if (ViewerFiles.Open(options.ViewerFolder) is { } viewer)
            app.MapGet(ViewerFiles.Root + "/{**path}", (HttpContext context, string? path) => viewer.Answer(context, path)).ExcludeFromDescription();
    }
}
