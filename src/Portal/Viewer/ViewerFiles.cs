using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.Viewer;

/// <summary>
/// The OHIF viewer as its makers build it (npm's <c>@ohif/app</c>), made to live under <c>/viewer</c>. The files are those of the folder at start, by name: no request's text becomes a path.
/// </summary>
internal sealed partial class ViewerFiles
{
    public const string Root = "/viewer";

    private const string Page = "index.html", Settings = "app-config.js";

    private static readonly Dictionary<string, string> Types = new()
    {
        [".css"] = "text/css; charset=utf-8", [".ico"] = "image/x-icon", [".js"] = "text/javascript; charset=utf-8", [".json"] = "application/json", [".jsonc"] = "application/json",
        [".mjs"] = "text/javascript; charset=utf-8", [".png"] = "image/png", [".svg"] = "image/svg+xml", [".wasm"] = "application/wasm", [".woff2"] = "font/woff2",
    };

    private readonly FrozenDictionary<string, string> _files;
    private readonly string _page;
    private readonly string _policy;
    private readonly byte[] _settings;

    private ViewerFiles(string folder)
    {
        _files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Types.ContainsKey(Path.GetExtension(path)))
            .ToFrozenDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), StringComparer.Ordinal);
        _page = PageUnder(Root, File.ReadAllText(Path.Combine(folder, Page)));
        _policy = PolicyOf(_page);
        using var settings = typeof(ViewerFiles).Assembly.GetManifestResourceStream("Viewer/" + Settings)!;
        _settings = new byte[settings.Length];
        settings.ReadExactly(_settings);
    }

    /// <summary>Null where no folder is named.</summary>
    /// <exception cref="InvalidOperationException">The folder is not the viewer's.</exception>
    public static ViewerFiles? Open(string? folder) =>
        folder is null ? null : File.Exists(Path.Combine(folder, Page)) ? new ViewerFiles(folder) : throw new InvalidOperationException($"Portal:ViewerFolder '{folder}' has no {Page}; it is the folder 'dist' of npm's @ohif/app");

    /// <summary>A file, or the page itself for the addresses that its own router understands.</summary>
    public IResult Answer(HttpContext context, string? path)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = _policy;
        if (path == Settings)
            return Results.Bytes(_settings, Types[".js"]);
        if (path is not null && _files.TryGetValue(path, out var file))
        {
            // A name that holds the hash of what it names never means anything else; the others may after an update.
            if (HashedName().IsMatch(Path.GetFileName(file)))
                headers.CacheControl = "private, max-age=31536000, immutable";
            return Path.GetExtension(file) is ".js" or ".css" ? Results.Text(Moved(File.ReadAllText(file)), Types[Path.GetExtension(file)]) : Results.File(file, Types[Path.GetExtension(file)]);
        }
        return path is null || !Path.HasExtension(path) ? Results.Text(_page, "text/html", Encoding.UTF8) : Results.NotFound();
    }

    /// <summary>The page, whose addresses begin at the root of a host, moved below it; without its service worker, which would keep what we serve.</summary>
    private static string PageUnder(string root, string page) => page
        .Replace("href=\"/", $"href=\"{root}/", StringComparison.Ordinal).Replace("src=\"/", $"src=\"{root}/", StringComparison.Ordinal)
        .Replace("PUBLIC_URL=\"/\"", $"PUBLIC_URL=\"{root}/\"", StringComparison.Ordinal)
        .Replace($"<script rel=\"preload\" as=\"script\" type=\"module\" src=\"{root}/init-service-worker.js\"></script>", "", StringComparison.Ordinal);

    /// <summary>Scripts and style sheets that load others from the root of a host, which is built into them, load them from below ours.</summary>
    private static string Moved(string text) => text
        .Replace("__webpack_require__.p = \"/\";", $"__webpack_require__.p = \"{Root}/\";", StringComparison.Ordinal).Replace("url(/", $"url({Root}/", StringComparison.Ordinal);

    /// <summary>
    /// What the viewer needs beyond our own pages: WebAssembly decoders, workers from blobs, styles that its components write into the page. Of scripts only its files and the two in its page, by their
    /// hashes; nothing from elsewhere, nothing sent elsewhere.
    /// </summary>
    private static string PolicyOf(string page)
    {
        var hashes = InlineScript().Matches(page).Select(script => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups[1].Value)))}'").Distinct();
        return $"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {string.Join(' ', hashes)}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + "connect-src 'self' data: blob:; worker-src 'self' blob:; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex InlineScript();

    [GeneratedRegex(@"(^|\.)[0-9a-f]{16,20}\.")]
    private static partial Regex HashedName();
}
