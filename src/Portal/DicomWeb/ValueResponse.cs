using EchoClr.Dicom;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Values of data sets as a response's bytes, from disk a piece at a time.</summary>
internal static class ValueResponse
{
    /// <summary>What is in memory of a value of any size: a frame at once, a video in some pieces.</summary>
    private const int Chunk = 1 << 20;

    /// <summary>A whole response.</summary>
    public static Task WriteAsync(HttpContext context, IReadOnlyList<DicomValue> pieces, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = pieces.Sum(piece => piece.Length);
        return WritePiecesAsync(context, pieces);
    }

    public static async Task WritePiecesAsync(HttpContext context, IReadOnlyList<DicomValue> pieces)
    {
        foreach (var piece in pieces)
        {
            for (long done = 0; done < piece.Length; done += Chunk)
                await context.Response.Body.WriteAsync(piece.Slice(done, Math.Min(Chunk, piece.Length - done)).ToMemory(), context.RequestAborted);
        }
    }
}
