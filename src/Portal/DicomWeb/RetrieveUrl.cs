using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Where a study, a series or an instance can be had: Retrieve URL (0008,1190), and what BulkDataURIs begin with. The host is one that host filtering let in.</summary>
internal sealed class RetrieveUrl(HttpRequest request)
{
    private readonly string _root = $"{request.Scheme}://{request.Host}{request.PathBase}{DicomWebServices.Root}/studies/";

    public string Of(string study) => _root + study;

    public string Of(string study, string series) => $"{_root}{study}/series/{series}";

    public string Of(string study, HeldObject item) => $"{_root}{study}/series/{item.SeriesInstanceUid}/instances/{item.SopInstanceUid}";
}
