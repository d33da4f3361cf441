using System.Text;
using EchoClr.Dicom;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>A multipart/related response (PS3.18 8.6.1.2, RFC 2387), written part by part: nothing of it is collected in memory.</summary>
internal sealed class MultipartResponse(HttpContext context, string type)
{
    // In no part: 122 bits of chance, and the standard asks for no more.
    private readonly string _boundary = $"echoclr-{Guid.NewGuid():N}";

    private bool _begun;

    /// <summary>One part that is a file, from disk as it lies there.</summary>
    public async Task WriteFileAsync(string path, string contentType)
    {
        await BeginPartAsync(contentType, new FileInfo(path).Length, null);
        await context.Response.SendFileAsync(path, context.RequestAborted);
    }

    /// <summary>One part, its pieces one after another: a frame, a value.</summary>
    public async Task WriteAsync(IReadOnlyList<DicomValue> pieces, string contentType, string? location)
    {
        await BeginPartAsync(contentType, pieces.Sum(piece => piece.Length), location);
        await ValueResponse.WritePiecesAsync(context, pieces);
    }

    public Task EndAsync() => WriteAsync($"\r\n--{_boundary}--\r\n");

    private Task BeginPartAsync(string contentType, long length, string? location)
    {
        if (!_begun)
            context.Response.ContentType = $"multipart/related; type=\"{type}\"; boundary={_boundary}";
        var start = _begun ? "\r\n" : "";
        _begun = true;
        return WriteAsync($"{start}--{_boundary}\r\nContent-Type: {contentType}\r\nContent-Length: {length}\r\n{(location is null ? "" : $"Content-Location: {location}\r\n")}\r\n");
    }

    private Task WriteAsync(string text) => context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), context.RequestAborted).AsTask();
}
