using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal;

/// <summary>Style sheet, scripts and pictures of our own, from inside the assembly. Their address holds their hash, so that a browser may keep them for ever.</summary>
internal static class Assets
{
    private static readonly Dictionary<string, string> Types = new() { [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".svg"] = "image/svg+xml" };

    private static readonly FrozenDictionary<string, (byte[] Bytes, string Hash)> All = Read();

    /// <summary>The address of an asset, for pages.</summary>
    public static string Url(string name) => $"/assets/{All[name].Hash}/{name}";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/assets/{hash}/{name}", (HttpContext context, string hash, string name) =>
    {
        if (!All.TryGetValue(name, out var asset) || asset.Hash != hash)
            return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, Types[Path.GetExtension(name)]);
    }).AllowAnonymous();

    private static FrozenDictionary<string, (byte[] Bytes, string Hash)> Read()
    {
        const string folder = "Assets/";
        var assembly = typeof(Assets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).ToFrozenDictionary(name => name[folder.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return (bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        });
    }
}
