using System.Net.Http.Json;
using System.Text.Json;

namespace EchoClr.App.Demo;

/// <summary>A private PACS: Debian's Orthanc with its own folder and ports, which forwards what it receives and answers storage commitment.</summary>
internal sealed class DemoPacs : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly ChildProcess process;

    private DemoPacs(ChildProcess process, string aeTitle, int dicomPort, int httpPort)
    {
        this.process = process;
        AeTitle = aeTitle;
        DicomPort = dicomPort;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public string AeTitle { get; }
    public int DicomPort { get; }

    /// <summary>Its REST interface.</summary>
    public HttpClient Http { get; }

    public string LogFile => process.LogFile;

    public static async Task<DemoPacs> StartAsync(DemoPacsOptions options, CancellationToken cancellationToken)
    {
        var ports = LoopbackPorts.Free(2);
        Directory.CreateDirectory(options.Folder);
        var configuration = Path.Combine(options.Folder, "orthanc.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(Configuration(options, ports[0], ports[1]), Terminal.JsonOptions), cancellationToken);
        if (options.ForwardTo is not null)
            await File.WriteAllTextAsync(Path.Combine(options.Folder, "forward.lua"), ForwardScript(options), cancellationToken);

        var child = ChildProcess.Start("orthanc", options.Folder, "/usr/sbin/Orthanc", [configuration]);
        var orthanc = new DemoPacs(child, options.AeTitle, ports[0], ports[1]);
        try
        {
            await child.WaitUntilReadyAsync("Orthanc", StartTimeout, orthanc.AnswersAsync, cancellationToken);
            return orthanc;
        }
        catch
        {
            await orthanc.DisposeAsync();
            throw;
        }
    }

    /// <summary>Orthanc's identifiers of what a C-FIND-like query matches, as <c>{"StudyInstanceUID": "1.2.3"}</c> at level Study, Series or Instance.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string level, IReadOnlyDictionary<string, string> query, CancellationToken cancellationToken)
    {
        // Orthanc takes no chunked request, which is what PostAsJsonAsync sends.
        using var body = new StringContent(JsonSerializer.Serialize(new { Level = level, Query = query }));
        using var response = await Http.PostAsync("tools/find", body, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<List<string>>(cancellationToken) ?? [];
    }

    /// <summary>One main tag of a series or instance by keyword, as Orthanc indexed it.</summary>
    public async Task<string?> GetMainTagAsync(string level, string id, string keyword, CancellationToken cancellationToken)
    {
        var resource = await Http.GetFromJsonAsync<JsonElement>($"{level}/{id}", cancellationToken);
        return resource.GetProperty("MainDicomTags").TryGetProperty(keyword, out var value) ? value.GetString() : null;
    }

    /// <summary>Whether a job is running or waiting: for a PACS that only forwards, whether it still has something to forward.</summary>
    public async Task<bool> IsForwardingAsync(CancellationToken cancellationToken)
    {
        var jobs = await Http.GetFromJsonAsync<JsonElement>("jobs?expand", cancellationToken);
        return jobs.EnumerateArray().Any(job => job.GetProperty("State").GetString() is "Running" or "Pending" or "Retry");
    }

    /// <summary>The instance as a Part 10 file.</summary>
    public Task<byte[]> GetFileAsync(string instanceId, CancellationToken cancellationToken) => Http.GetByteArrayAsync($"instances/{instanceId}/file", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Http.GetAsync("system", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // Orthanc cannot be bound to one address; what it can do is to refuse every host and application entity but those listed.
    private static Dictionary<string, object> Configuration(DemoPacsOptions options, int dicomPort, int httpPort) => new()
    {
        ["Name"] = options.AeTitle,
        ["StorageDirectory"] = Path.Combine(options.Folder, "storage"),
        ["IndexDirectory"] = Path.Combine(options.Folder, "storage"),
        ["DicomAet"] = options.AeTitle,
        ["DicomPort"] = dicomPort,
        ["HttpPort"] = httpPort,
        ["RemoteAccessAllowed"] = false,
        ["AuthenticationEnabled"] = false,
        ["DicomCheckCalledAet"] = true,
        ["DicomCheckModalityHost"] = true,
        ["DicomAlwaysAllowEcho"] = false,
        ["DicomAlwaysAllowStore"] = false,
        ["OverwriteInstances"] = false,
        ["ConcurrentJobs"] = 2,
        // An association to the modality is kept open so long for the next instance; a study is over when it closes.
        ["DicomAssociationCloseDelay"] = 1,
        ["LuaScripts"] = options.ForwardTo is null ? Array.Empty<string>() : [Path.Combine(options.Folder, "forward.lua")],
        ["Plugins"] = options.DicomWeb ? new[] { "/usr/share/orthanc/plugins/libOrthancDicomWeb.so" } : [],
        ["DicomModalities"] = options.Modalities.ToDictionary(modality => modality.Key, modality => (object)new Dictionary<string, object>
        {
            ["AET"] = modality.Value.AeTitle,
            ["Host"] = "127.0.0.1",
            ["Port"] = modality.Value.Port,
            ["AllowEcho"] = true,
            ["AllowStore"] = true,
            ["AllowFind"] = true,
            ["AllowMove"] = true,
            ["AllowNAction"] = true,
            ["AllowNEventReport"] = true,
        }),
    };

    private static string ForwardScript(DemoPacsOptions options)
    {
        var guard = options.ForwardEchoes ? "" : $" and origin['RemoteAet'] ~= '{options.Modalities[options.ForwardTo!].AeTitle}'";
        return $"""
            -- Forwards each instance as it arrives; what {options.ForwardTo} sent itself would come back to it and stays here.
            function OnStoredInstance(instanceId, tags, metadata, origin)
              if origin['RequestOrigin'] == 'DicomProtocol'{guard} then
                SendToModality(instanceId, '{options.ForwardTo}')
              end
            end

            """;
    }
}
