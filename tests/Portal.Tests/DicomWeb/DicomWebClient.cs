using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests.DicomWeb;

/// <summary>A program that asks the portal's DICOMweb, by a token of its own.</summary>
internal sealed class DicomWebClient(HttpClient http) : IDisposable
{
    public static async Task<DicomWebClient> OfAsync(PortalWorld world, PortalRoles roles = PortalRoles.Reader) => new(await world.Database.BrowserAsync(new Uri(world.Url), roles));

    public AuthenticationHeaderValue Token => http.DefaultRequestHeaders.Authorization!;

    public async Task<HttpResponseMessage> GetAsync(string address, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dicom-web" + address);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await http.SendAsync(request);
    }

    public async Task<(HttpStatusCode Status, string? Type, byte[] Body)> ReadAsync(string address, string? accept = null)
    {
        using var response = await GetAsync(address, accept);
        return (response.StatusCode, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>The answers of a search; none where it says 204.</summary>
    public async Task<IReadOnlyList<JsonElement>> SearchAsync(string address)
    {
        var (status, type, body) = await ReadAsync(address);
        if (status == HttpStatusCode.NoContent)
            return [];
        Assert.Equal((HttpStatusCode.OK, "application/dicom+json"), (status, type));
        return [.. JsonSerializer.Deserialize<JsonElement>(body).EnumerateArray()];
    }

    /// <summary>The parts of a multipart/related response, by RFC 2046's words: its own reader, so that both sides cannot share a mistake.</summary>
    public static IReadOnlyList<(string Headers, byte[] Body)> Parts(string? type, byte[] body)
    {
        var boundary = MediaTypeHeaderValue.Parse(type!).Parameters.Single(parameter => parameter.Name == "boundary").Value!.Trim('"');
        var delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        var parts = new List<(string, byte[])>();
        var at = body.AsSpan().IndexOf(delimiter);
        Assert.Equal(0, at);
        while (true)
        {
            at += delimiter.Length;
            if (body.AsSpan(at).StartsWith("--"u8))
                return parts;
            at += 2;
            var headersEnd = at + body.AsSpan(at).IndexOf("\r\n\r\n"u8);
            var next = headersEnd + 4 + body.AsSpan(headersEnd + 4).IndexOf([.. "\r\n"u8, .. delimiter]);
            parts.Add((Encoding.ASCII.GetString(body[at..headersEnd]), body[(headersEnd + 4)..next]));
            at = next + 2;
        }
    }

    public static string? Text(JsonElement answer, string tag) =>
        answer.TryGetProperty(tag, out var element) && element.TryGetProperty("Value", out var values) && values.GetArrayLength() > 0
            ? values[0].ValueKind == JsonValueKind.Object ? values[0].GetProperty("Alphabetic").GetString() : values[0].ToString() : null;

    public void Dispose() => http.Dispose();
}
