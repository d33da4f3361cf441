using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using EchoClr.App;
using EchoClr.App.Configuration;
using EchoClr.App.Demo;
using EchoClr.App.Hosting;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.EndToEnd;

/// <summary>Not one header field of any object, good or broken, gets out of the places that are meant for patient data.</summary>
[CollectionDefinition(nameof(PatientDataCanaryTests), DisableParallelization = true)]
[Collection(nameof(PatientDataCanaryTests))]
public sealed class PatientDataCanaryTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    /// <summary>Where header fields may stand, besides stored objects and results: patient data, and the make of the scanner, which drift is told by.</summary>
    private static readonly string[] MeantForHeaders =
    [
        "study.patient_id", "study.issuer_of_patient_id", "study.patient_name", "study.patient_birth_date", "study.patient_sex", "study.accession_number", "study.study_date",
        "study.study_time", "study.study_description", "study.institution_name", "instance.modality", "audit_message.message",
        "report_patient.patient_id", "report_patient.patient_name", "report_patient.patient_birth_date", "report_patient.patient_sex", "report_patient.accession_number",
        "cine_measure.scanner",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-canary-").FullName;
    private readonly string? temporary = Environment.GetEnvironmentVariable("TMPDIR");
    private readonly Canaries canaries = new();
    private readonly EverythingSaid said = new();
    private readonly List<string> filedBefore = [];
    private int studies;

    private string Data => Path.Combine(folder, "data");
    private string Temporary => Path.Combine(folder, "tmp");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TMPDIR", temporary);
        said.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task WholePipeline_GoodBrokenRefusedAndParked_NoIdentifierGetsOut()
    {
        DebianPackage.RequireOrthanc();
        var cancellationToken = TestContext.Current.CancellationToken;
        Environment.SetEnvironmentVariable("TMPDIR", Directory.CreateDirectory(Temporary).FullName);
        var ports = LoopbackPorts.Free(2);
        await using var pacs = await DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(folder, "orthanc"))
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", ports[0]), ["cart"] = ("CART", ports[0]) },
        }, cancellationToken);
        await using var refusing = await new RefusingPacs(Path.Combine(folder, "refusing"), () => $"{canaries.New("error comment of a PACS")} is unknown here").StartAsync();
        await using var ris = new MllpListener { Answers = (block, stream, ended) => stream.WriteAsync(MllpListener.Acknowledgement(block, "AE", $"|{canaries.New("words of a RIS")} is unknown here"), ended).AsTask() };
        using var host = await StartAsync(ports, pacs.DicomPort, refusing.Port, ris.Port, cancellationToken);

        await FileAtThePacsAsync(pacs.DicomPort, cancellationToken);
        var sent = await SendAsync(ports[0], cancellationToken);
        await SendOtherProtocolAsync(ports[0], cancellationToken);
        await LoseAFileAsync(host, sent[^1].SopInstanceUid, cancellationToken);
        var database = host.Services.GetRequiredService<Database>();
        await UntilEverythingEndedAsync(database, cancellationToken);
        await LookAsync(database, ports[1], cancellationToken);
        var commands = await CommandsAsync(["parked", "list"], ["parked", "list", "--json"], ["audit", "list", "--verify"]);
        await host.StopAsync(cancellationToken);

        // What happened is what was meant to happen; else the silence below would prove little.
        Assert.True(canaries.Count > 5000, $"{canaries.Count} identifiers");
        Assert.Contains(sent, result => result.Status is { IsSuccess: true });
        Assert.Contains(sent, result => result.Status is { IsSuccess: false });
        var states = await database.ReadAsync(session => session.QueryAsync<string>("SELECT DISTINCT state FROM delivery UNION SELECT 'AnalysisParked' FROM study_version WHERE analysis_parked_at IS NOT NULL"), cancellationToken);
        Assert.Superset(new HashSet<string> { "Confirmed", "Parked", "AnalysisParked" }, states.ToHashSet());
        Assert.Equal(["Parked"], await database.ReadAsync(session => session.QueryAsync<string>("SELECT DISTINCT state FROM signal"), cancellationToken));
        Assert.Contains(ris.Blocks, block => Encoding.Latin1.GetString(block).Contains(Canaries.Mark, StringComparison.Ordinal)); // the one place outside that is meant to hear of them
        var verdicts = await database.ReadAsync(session => session.QueryAsync<string>("SELECT verdict FROM report_patient"), cancellationToken);
        Assert.Superset(new HashSet<string> { "Same", "Other", "Unknown" }, verdicts.ToHashSet());
        Assert.NotEqual(0, await database.ReadAsync(session => session.ScalarAsync<int>("SELECT COUNT(*) FROM clip WHERE state = 'Ready'"), cancellationToken));
        Assert.NotEmpty(said.Traces);
        Assert.NotEmpty(said.Metrics);
        Assert.NotEmpty(said.Messages);

        var leaks = new List<string>();
        foreach (var (channel, texts) in ((string, IEnumerable<string>)[])[("log", said.Log), ("trace", said.Traces), ("metric", said.Metrics), ("message", said.Messages), ("command", commands)])
            leaks.AddRange(texts.Where(text => canaries.In(text).Count > 0).Select(text => $"{channel}: {string.Join(", ", canaries.In(text).Distinct())}: {text[..Math.Min(text.Length, 500)]}"));
        leaks.AddRange(Files(Data).Concat(Files(Temporary)).Where(file => canaries.In(Path.GetRelativePath(folder, file)).Count > 0).Select(file => $"file name: {file}"));
        leaks.AddRange(Files(Data).Where(file => !IsMeantForObjects(file)).Concat(Files(Temporary)).Where(HoldsAnIdentifier).Select(file => $"file: {file}"));
        var columns = await ColumnsWithIdentifiersAsync(database);
        leaks.AddRange(columns.Except(MeantForHeaders).Select(column => $"column: {column}"));
        Assert.True(leaks.Count == 0, string.Join("\n", leaks.Distinct().Take(40)));
        Assert.Contains("study.patient_name", columns);
        Assert.Contains("audit_message.message", columns);
    }

    private async Task<IHost> StartAsync(int[] ports, int pacsPort, int refusingPort, int risPort, CancellationToken cancellationToken)
    {
        var configuration = GlobalOptions.Load(null, Data,
        [
            "Bus:ReconcileInterval=00:00:01", "Bus:ReconcileAge=00:00:01",
            "Ingest:Listener:Address=127.0.0.1", $"Ingest:Listener:Port={ports[0]}",
            "Ingest:Listener:Senders:0:AeTitle=CART", "Ingest:Listener:Senders:0:Address=127.0.0.1", "Ingest:Listener:Senders:1:AeTitle=ORTHANC", "Ingest:Listener:Senders:1:Address=127.0.0.1",
            "Ingest:StudyCompletion:QuietTime=00:00:05",
            $"Inference:Models:Directory={TestModels.Write(Path.Combine(folder, "models"))}", "Inference:Analysis:MaxAttempts=2",
            "Inference:Delivery:FirstDelay=00:00:01", "Inference:Delivery:MaxDelay=00:00:01", "Inference:Delivery:MaxAttempts=2", "Inference:Delivery:CommitmentTimeout=00:00:10",
            "Inference:Destinations:0:Name=pacs", "Inference:Destinations:0:AeTitle=ORTHANC", "Inference:Destinations:0:Host=127.0.0.1", $"Inference:Destinations:0:Port={pacsPort}",
            "Inference:Destinations:0:TextReportWhenNotAnalyzed=true",
            "Inference:Destinations:1:Name=refusing", "Inference:Destinations:1:AeTitle=REFUSING", "Inference:Destinations:1:Host=127.0.0.1", $"Inference:Destinations:1:Port={refusingPort}",
            "Inference:Signals:AllowedHosts:0=127.0.0.1", "Inference:Signals:Hl7:0:Name=ris", "Inference:Signals:Hl7:0:Host=127.0.0.1", $"Inference:Signals:Hl7:0:Port={risPort}",
            "Pacs:0:AeTitle=ORTHANC", "Pacs:0:Host=127.0.0.1", $"Pacs:0:Port={pacsPort}", "Pacs:0:CountInstances=false",
            $"Portal:Url=http://127.0.0.1:{ports[1]}",
        ]);
        var host = await EchoClrHost.BuildAsync(configuration, Roles.All, logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(said), cancellationToken);
        host.Services.GetRequiredService<IBus>().ConnectPublishObserver(said);
        await host.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>The PACS has two more studies: one that it corrected since, and one under another patient. Both come here as they were before.</summary>
    private async Task FileAtThePacsAsync(int port, CancellationToken cancellationToken)
    {
        var (corrected, merged) = (Cine(), Cine());
        filedBefore.Add(Write(corrected));
        filedBefore.Add(Write(merged));
        var here = new[] { Write(corrected.Set(DicomTags.AccessionNumber, canaries.New("corrected AccessionNumber"))), Write(canaries.Spoil(canaries.Spoil(merged, DicomTags.PatientID), DicomTags.PatientName)) };
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        Assert.All(await client.StoreAsync(new DicomPeer("ORTHANC", "127.0.0.1", port, "CART"), here, null, cancellationToken), result => Assert.True(result.Stored, result.Error));
    }

    /// <summary>One whole study, and one for each way of being broken. The last is to lose its file.</summary>
    private async Task<IReadOnlyList<StoreResult>> SendAsync(int port, CancellationToken cancellationToken)
    {
        var outgoing = new List<string>(filedBefore) { Write(canaries.FillEverything(Cine())) };
        DicomTag[] spoiled =
        [
            DicomTags.SpecificCharacterSet, DicomTags.Modality, DicomTags.PhotometricInterpretation, DicomTags.NumberOfFrames, DicomTags.FrameTime, DicomTags.ImageType, DicomTags.SeriesNumber,
            DicomTags.InstanceNumber, DicomTags.StudyInstanceUID, DicomTags.SeriesInstanceUID, DicomTags.SOPInstanceUID,
        ];
        outgoing.AddRange(spoiled.Select(tag => Write(canaries.Spoil(Cine(), tag))));
        foreach (var syntax in (TransferSyntax[])[TransferSyntax.JPEGBaseline8Bit, TransferSyntax.JPEG2000, TransferSyntax.RLELossless, TransferSyntax.MPEG4HP41])
            outgoing.Add(Write(Cine().SetEncapsulatedPixelData([.. Enumerable.Range(0, 14).Select(_ => (ReadOnlyMemory<byte>)canaries.Bytes("a codestream", 256))]), syntax));
        outgoing.Add(Cut(Write(Cine()), keep: 0.5));
        outgoing.Add(Cut(Write(canaries.FillEverything(Cine())), keep: 0.2));
        var twice = Cine();
        outgoing.Add(Write(twice));
        outgoing.Add(Write(canaries.Spoil(twice, DicomTags.ImageComments))); // the same UID, other bytes
        outgoing.Add(Write(Cine()));

        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        var results = new List<StoreResult>();
        foreach (var file in outgoing)
        {
            try
            {
                results.AddRange(await client.StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "CART"), [file], null, cancellationToken));
            }
            catch (DicomNetworkException e)
            {
                results.Add(new StoreResult(file, "", null, e.Message));
            }
        }
        return results;
    }

    private async Task SendOtherProtocolAsync(int port, CancellationToken cancellationToken)
    {
        using var http = new TcpClient();
        await http.ConnectAsync("127.0.0.1", port, cancellationToken);
        await http.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /{canaries.New("a web address")} HTTP/1.1\r\n\r\n"), cancellationToken);
        try
        {
            Assert.Equal(0, await http.GetStream().ReadAsync(new byte[1], cancellationToken));
        }
        catch (IOException)
        {
            // Closed with our bytes unread, which is a reset.
        }
    }

    private static async Task LoseAFileAsync(IHost host, string sopInstanceUid, CancellationToken cancellationToken)
    {
        var row = await host.Services.GetRequiredService<InstanceStore>().FindAsync(sopInstanceUid, cancellationToken);
        host.Services.GetRequiredService<BlobStore>().Delete(row!.FileKey!);
    }

    private static async Task UntilEverythingEndedAsync(Database database, CancellationToken cancellationToken)
    {
        const string unfinished = """
            SELECT COUNT(*) FROM study_version v LEFT JOIN analysis a ON a.study_version_id = v.id LEFT JOIN delivery d ON d.analysis_id = a.id
            WHERE v.state = 'Open' OR (a.id IS NULL AND v.analysis_parked_at IS NULL AND v.inherits_from_id IS NULL) OR (a.id IS NOT NULL AND a.reported_at IS NULL)
               OR d.state NOT IN ('Confirmed', 'Parked') OR EXISTS (SELECT 1 FROM signal s WHERE s.state IN ('Waiting', 'Sending'))
            """;
        var watch = Stopwatch.StartNew();
        while (await database.ReadAsync(session => session.ScalarAsync<long>(unfinished), cancellationToken) > 0)
        {
            Assert.True(watch.Elapsed < Deadline, "the studies came to no end");
            await Task.Delay(500, cancellationToken);
        }
    }

    private async Task LookAsync(Database database, int port, CancellationToken cancellationToken)
    {
        using var browser = await database.BrowserAsync(new Uri($"http://127.0.0.1:{port}/"));
        Assert.Contains(Canaries.Mark, await browser.GetStringAsync("/", cancellationToken), StringComparison.Ordinal); // the portal is meant for patient data
        await browser.GetStringAsync("/api/worklist", cancellationToken);
        for (var study = 1; study <= studies; study++)
            using (await browser.GetAsync($"/studies/{StudyUid(study)}", cancellationToken)) { }
    }

    private async Task<IReadOnlyList<string>> CommandsAsync(params string[][] commands)
    {
        var outputs = new List<string>();
        foreach (var command in commands)
        {
            using var output = new StringWriter();
            Assert.Equal(0, await CommandLine.RunAsync([.. command, "--data", Data], new Terminal(output, output, interactive: false)));
            outputs.Add(output.ToString());
        }
        return outputs;
    }

    private static async Task<IReadOnlyList<string>> ColumnsWithIdentifiersAsync(Database database) => await database.ReadAsync(async session =>
    {
        var found = new List<string>();
        foreach (var table in await session.QueryAsync<string>("SELECT name FROM sqlite_master WHERE type = 'table'"))
            foreach (var column in await session.QueryAsync<string>("SELECT name FROM pragma_table_info(@table)", new { table }))
                if (await session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} WHERE CAST({column} AS TEXT) LIKE '%{Canaries.Mark}%'") > 0)
                    found.Add($"{table}.{column}");
        return (IReadOnlyList<string>)found;
    }, CancellationToken.None);

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories);

    private bool IsMeantForObjects(string file) => Path.GetRelativePath(Data, file) is var name
        && (name.StartsWith("objects/", StringComparison.Ordinal) || name.StartsWith("results/", StringComparison.Ordinal) || name.StartsWith("echoclr.db", StringComparison.Ordinal));

    private bool HoldsAnIdentifier(string file) => File.Exists(file) && canaries.In(Encoding.Latin1.GetString(File.ReadAllBytes(file))).Count > 0;

    private DicomDataset Cine() => canaries.Cine(StudyUid(++studies), $"{StudyUid(studies)}.1.1");

    private static string StudyUid(int number) => $"2.25.7001.{number}";

    private string Write(DicomDataset dataset, TransferSyntax? syntax = null)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "cart")).FullName, $"{Guid.NewGuid():N}.dcm");
        new DicomFile(dataset, syntax ?? TransferSyntax.ExplicitVRLittleEndian).Write(file);
        return file;
    }

    private static string Cut(string file, double keep)
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength((long)(stream.Length * keep) | 1);
        return file;
    }
}
