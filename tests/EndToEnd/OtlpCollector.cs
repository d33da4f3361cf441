using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.EndToEnd;

/// <summary>Takes spans by OTLP over HTTP as a collector does, and keeps of each its trace and its name.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    public string Endpoint => _app.Urls.First() + "/v1/traces";

    /// <summary>Trace id in lower-case hexadecimal, and name.</summary>
    public ConcurrentQueue<(string TraceId, string Name)> Spans { get; } = [];

    /// <summary>Everything that came, as Latin-1 text: to look for what must not be in it.</summary>
    public ConcurrentQueue<string> Bodies { get; } = [];

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.UseRouting();
        app.MapPost("/v1/traces", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            collector.Take(body.ToArray());
            return Results.Bytes(Array.Empty<byte>(), "application/x-protobuf");
        });
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>ExportTraceServiceRequest: resource_spans = 1; ResourceSpans: scope_spans = 2; ScopeSpans: spans = 2; Span: trace_id = 1, name = 5 (opentelemetry-proto, trace.proto).</summary>
    private void Take(byte[] request)
    {
        Bodies.Enqueue(System.Text.Encoding.Latin1.GetString(request));
        foreach (var resource in Fields(request, 1))
            foreach (var scope in Fields(resource, 2))
                foreach (var span in Fields(scope, 2))
                    Spans.Enqueue((Convert.ToHexStringLower(Fields(span, 1).Single().Span), System.Text.Encoding.UTF8.GetString(Fields(span, 5).Single().Span)));
    }

    /// <summary>The length-delimited fields of a number (protobuf wire format): key and length are varints; wire type 0 a varint, 1 eight bytes, 2 length-delimited, 5 four bytes.</summary>
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message.Span, ref at);
            var length = (key & 7) switch
            {
                0 => 0 * (int)Varint(message.Span, ref at),
                1 => 8,
                2 => (int)Varint(message.Span, ref at),
                5 => 4,
                _ => throw new InvalidDataException($"wire type {key & 7}"),
            };
            if ((key & 7) == 2 && (int)(key >> 3) == number)
                found.Add(message.Slice(at, length));
            at += length;
        }
        return found;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
