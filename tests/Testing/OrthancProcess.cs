using System.Text.Json;
using Xunit;

namespace EchoClr.Testing;

/// <summary>A private Orthanc as a peer: own temporary folder and loopback ports, known modalities only, killed by its own id.</summary>
public sealed class OrthancProcess : IAsyncDisposable
{
    private readonly RunningTool _process;
    private readonly string _folder;

    private OrthancProcess(RunningTool process, string folder, int dicomPort, int httpPort)
    {
        (_process, _folder, DicomPort) = (process, folder, dicomPort);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public const string AeTitle = "ORTHANC";

    public int DicomPort { get; }

    /// <summary>Its REST interface.</summary>
    public HttpClient Http { get; }

    public string Said => _process.Said;

    /// <summary>Starts one that knows <paramref name="modalities"/> (name, AE title, loopback port); skips the calling test where Orthanc is not installed.</summary>
    public static Task<OrthancProcess> StartAsync(params (string Name, string AeTitle, int Port)[] modalities) => StartAsync(null, null, modalities);

    /// <summary>One with Debian's DICOMweb plugin, which knows one server of DICOMweb by the name <c>portal</c>.</summary>
    public static Task<OrthancProcess> StartDicomWebAsync(string url, string authorization)
    {
        const string plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
        Assert.SkipUnless(File.Exists(plugin), "Orthanc's DICOMweb plugin is not installed (Debian package orthanc-dicomweb)");
        var server = new Dictionary<string, object> { ["Url"] = url, ["HttpHeaders"] = new Dictionary<string, string> { ["Authorization"] = authorization } };
        return StartAsync(null, null, new() { ["Plugins"] = new[] { plugin }, ["DicomWeb"] = new Dictionary<string, object> { ["Enable"] = true, ["Servers"] = new Dictionary<string, object> { ["portal"] = server } } }, []);
    }

    /// <summary>The same with DICOM over TLS, mutual, in both directions.</summary>
    public static Task<OrthancProcess> StartAsync(IssuedCertificate? certificate, string? trustFile, params (string Name, string AeTitle, int Port)[] modalities) =>
        StartAsync(certificate, trustFile, [], modalities);

    private static async Task<OrthancProcess> StartAsync(IssuedCertificate? certificate, string? trustFile, Dictionary<string, object> more, (string Name, string AeTitle, int Port)[] modalities)
    {
        var folder = Directory.CreateTempSubdirectory("echoclr-orthanc-").FullName;
        var (dicomPort, httpPort) = (RunningTool.FreePort(), RunningTool.FreePort());
        var configuration = Path.Combine(folder, "orthanc.json");
        var tls = certificate is null ? more : new Dictionary<string, object>(more)
        {
            ["DicomTlsEnabled"] = true,
            ["DicomTlsRemoteCertificateRequired"] = true,
            ["DicomTlsCertificate"] = certificate.File,
            ["DicomTlsPrivateKey"] = certificate.KeyFile,
            ["DicomTlsTrustedCertificates"] = trustFile!,
        };
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new Dictionary<string, object>(tls)
        {
            ["Name"] = AeTitle,
            ["StorageDirectory"] = Path.Combine(folder, "storage"),
            ["IndexDirectory"] = Path.Combine(folder, "storage"),
            ["DicomAet"] = AeTitle,
            ["DicomPort"] = dicomPort,
            ["HttpPort"] = httpPort,
            ["RemoteAccessAllowed"] = false,
            ["DicomCheckCalledAet"] = true,
            ["DicomCheckModalityHost"] = true,
            ["DicomAlwaysAllowEcho"] = false,
            ["DicomAlwaysAllowStore"] = false,
            ["DicomModalities"] = modalities.ToDictionary(modality => modality.Name, modality => new Dictionary<string, object>
            {
                ["AET"] = modality.AeTitle,
                ["Host"] = "127.0.0.1",
                ["Port"] = modality.Port,
                ["UseDicomTls"] = certificate is not null,
            }),
        }));
        try
        {
            var process = await ExternalTool.StartServerAsync("orthanc", "Orthanc", [configuration], httpPort);
            return new OrthancProcess(process, folder, dicomPort, httpPort);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>A REST call with a body, answered as JSON. Orthanc takes no chunked request, so the body goes out as one string.</summary>
    public async Task<JsonElement> PostAsync(string path, string body)
    {
        using var content = new StringContent(body);
        using var response = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new HttpRequestException($"Orthanc answered {response.StatusCode} to {path}: {text}");
    }

    public async Task<JsonElement> GetAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await Http.GetStringAsync(new Uri(path, UriKind.Relative)));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
