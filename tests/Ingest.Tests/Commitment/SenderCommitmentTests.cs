using System.Net;
using System.Text.Json;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.Commitment;

/// <summary>Storage commitment as its SCP, over real sockets: our own client, a peer that is scripted byte by byte, and Orthanc ask us.</summary>
public sealed class SenderCommitmentTests
{
    private const string Cine = SopClasses.UltrasoundMultiFrameImageStorage;
    private static readonly SopReference Held = new(Cine, "1.2.3.1.1");
    private static readonly SopReference Unknown = new(Cine, "1.2.3.1.99");

    [Fact]
    public async Task RoleStated_TheReportComesOnTheSameAssociation()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");

        var result = await site.Client.RequestCommitmentAsync(site.Peer("MODALITY"), "2.25.1", [Held, Unknown, new(SopClasses.SecondaryCaptureImageStorage, "1.2.3.1.1")], default);

        Assert.True(result.Status.IsSuccess);
        Assert.Equal([Held], result.Report!.Committed);
        Assert.Equal([(Unknown, (ushort)0x0112)], result.Report.Failed); // of two entries with one UID the first counts
        await site.UntilAsync("2.25.1", SenderCommitmentState.Reported);
        Assert.Empty(site.Station.Reports);
    }

    [Fact]
    public async Task RoleNotStated_AndAddressKnown_TheReportComesOnAnAssociationOfOurs()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        using (var peer = await site.AssociateAsync("PACS"))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.2", Held, Unknown));
            await ReleaseAsync(peer); // no report came in between
        }

        await Eventually.IsTrueAsync(() => !site.Station.Reports.IsEmpty, "the report is brought");

        var (caller, report) = Assert.Single(site.Station.Reports);
        Assert.Equal(("ECHOCLR", "2.25.2"), (caller, report.TransactionUid));
        Assert.Equal([Held], report.Committed);
        Assert.Equal([(Unknown, (ushort)0x0112)], report.Failed);
        var row = await site.UntilAsync("2.25.2", SenderCommitmentState.Reported);
        Assert.Equal((1, 1), (row.Committed, row.Failed));
    }

    [Fact]
    public async Task RoleNotStated_AndNoAddress_TheReportComesOnTheSameAssociation_AndMayBeAnsweredLater()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        using var peer = await site.AssociateAsync("MODALITY");
        Assert.Equal((ushort)0, await AskAsync(peer, "2.25.3", Held));

        var (context, report, information, _) = await peer.ReceiveMessageAsync();
        Assert.Equal((CommandField.NEventReportRq, (ushort?)1, "1.2.840.10008.1.20.1.1"), (report!.Field, report.EventTypeId, report.AffectedSopInstanceUid));
        var dataset = DicomDatasetReader.Read(information, TransferSyntax.ImplicitVRLittleEndian);
        Assert.Equal("2.25.3", dataset.GetString(DicomTags.TransactionUID));
        Assert.False(dataset.Contains(DicomTags.FailedSOPSequence));
        await peer.AssertEchoAsync(); // its own request comes first
        await peer.SendMessageAsync(context, report.Respond(DimseStatus.Success));
        await peer.AssertEchoAsync();
        await ReleaseAsync(peer);

        await site.UntilAsync("2.25.3", SenderCommitmentState.Reported);
    }

    [Fact]
    public async Task ReportNotAnsweredOnItsAssociation_IsBroughtOnOneOfOurs()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        using (var peer = await site.AssociateAsync("PACS", roleStated: true))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.4", Held));
            peer.Reset(); // dies with the report in its hands
        }

        await site.UntilAsync("2.25.4", SenderCommitmentState.Reported);

        Assert.Equal([Held], Assert.Single(site.Station.Reports).Report.Committed);
    }

    [Fact]
    public async Task SenderThatDoesNotAnswerAndHasNoAddress_IsGivenUp_AndMayAskAgain()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        using (var peer = await site.AssociateAsync("MODALITY"))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.5", Held));
            peer.Reset();
        }
        Assert.Contains("CommitmentReportTo", (await site.UntilAsync("2.25.5", SenderCommitmentState.Parked)).Reason, StringComparison.Ordinal);

        var item = Assert.Single(await site.Parked.ListAsync(default));
        Assert.Equal((ParkedKind.Commitment, "MODALITY", "1.2.3"), (item.Kind, item.Destination, item.StudyInstanceUid));
        Assert.True(await site.Parked.RetryAsync(item.Kind, item.Id, TimeProvider.System.GetUtcNow(), default));
        await site.UntilAsync("2.25.5", SenderCommitmentState.Parked); // still no address

        var again = await site.Client.RequestCommitmentAsync(site.Peer("MODALITY"), "2.25.5", [Held], default);

        Assert.Equal([Held], again.Report!.Committed);
        await site.UntilAsync("2.25.5", SenderCommitmentState.Reported);
    }

    [Fact]
    public async Task StationDown_IsTriedAgain_AlsoAfterARestart()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        await site.Station.StopAsync();
        using (var peer = await site.AssociateAsync("PACS"))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.6", Held));
            await ReleaseAsync(peer);
        }
        await Eventually.IsTrueAsync(async () => await site.RowAsync("2.25.6") is { Attempts: >= 2, Reason: not null }, "it was tried in vain");

        await site.RestartAsync();
        await site.Station.StartAsync();

        await site.UntilAsync("2.25.6", SenderCommitmentState.Reported);
        Assert.Equal([Held], Assert.Single(site.Station.Reports).Report.Committed);
    }

    [Fact]
    public async Task StoppedInTheMiddleOfAReport_IsNoAttempt_AndIsReportedAfterTheRestart()
    {
        await using var site = await Site.StartAsync();
        await site.StoreAsync("1.2.3.1.1");
        var silence = new TaskCompletionSource();
        site.Station.Answering = silence.Task;
        using (var peer = await site.AssociateAsync("PACS"))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.12", Held));
            await ReleaseAsync(peer);
        }
        await Eventually.IsTrueAsync(async () => await site.RowAsync("2.25.12") is { Attempts: 1 }, "it is being brought");

        await site.RestartAsync(meanwhile: async () =>
        {
            Assert.Equal(0, (await site.RowAsync("2.25.12")).Attempts);
            silence.SetResult();
        });

        await site.UntilAsync("2.25.12", SenderCommitmentState.Reported);
    }

    [Fact]
    public async Task StationRefuses_IsTriedAgain()
    {
        await using var site = await Site.StartAsync();
        site.Station.Status = new DimseStatus(0x0110);
        using (var peer = await site.AssociateAsync("PACS"))
        {
            Assert.Equal((ushort)0, await AskAsync(peer, "2.25.7", Unknown));
            await ReleaseAsync(peer);
        }
        await Eventually.IsTrueAsync(async () => (await site.RowAsync("2.25.7")).Reason is not null, "it was refused");
        Assert.Contains("0110H (processing failure)", (await site.RowAsync("2.25.7")).Reason, StringComparison.Ordinal);

        site.Station.Status = DimseStatus.Success;
        await site.UntilAsync("2.25.7", SenderCommitmentState.Reported);
    }

    [Fact]
    public async Task RequestsThatCannotBeMet_AreRefusedInTheStandardsWords()
    {
        await using var site = await Site.StartAsync(("Ingest:Commitment:MaxObjects", "2"));
        using var peer = await site.AssociateAsync("PACS");

        Assert.Equal((ushort)0x0115, await AskAsync(peer, "", Held));
        Assert.Equal((ushort)0x0115, await AskAsync(peer, "no UID", Held));
        Assert.Equal((ushort)0x0115, await AskAsync(peer, "2.25.8"));
        Assert.Equal((ushort)0x0213, await AskAsync(peer, "2.25.8", Held, Unknown, new(Cine, "1.2.3.1.3")));
        Assert.Equal((ushort)0x0112, await AskAsync(peer, Request("2.25.8") with { RequestedSopInstanceUid = "1.2.3" }, Held));
        Assert.Equal((ushort)0x0123, await AskAsync(peer, Request("2.25.8") with { ActionTypeId = 2 }, Held));
        Assert.Equal((ushort)0x0118, await AskAsync(peer, Request("2.25.8") with { RequestedSopClassUid = SopClasses.ModalityPerformedProcedureStep }, Held));
        Assert.Equal((ushort)0, await AskAsync(peer, "2.25.8", Held));
        Assert.Equal((ushort)0, await AskAsync(peer, "2.25.8", Held));
        Assert.Equal((ushort)0x0110, await AskAsync(peer, "2.25.8", Unknown)); // the same transaction, other objects
        await ReleaseAsync(peer);
    }

    [Fact]
    public async Task Orthanc_AsksUs_AndHearsTheTruth()
    {
        var ourPort = RunningTool.FreePort();
        await using var orthanc = await OrthancProcess.StartAsync(("echoclr", "ECHOCLR", ourPort));
        await using var site = await Site.StartAsync(
            ("Ingest:Listener:Port", $"{ourPort}"), ("Ingest:Listener:Senders:2:AeTitle", OrthancProcess.AeTitle), ("Ingest:Listener:Senders:2:Address", "127.0.0.1"),
            ("Ingest:Listener:Senders:2:CommitmentReportTo", $"127.0.0.1:{orthanc.DicomPort}"));
        var ids = new List<string>();
        foreach (var uid in (string[])["1.2.3.1.1", "1.2.3.1.2"])
        {
            using var body = new ByteArrayContent(await File.ReadAllBytesAsync(site.Write(uid)));
            using var response = await orthanc.Http.PostAsync(new Uri("instances", UriKind.Relative), body);
            ids.Add(JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("ID").GetString()!);
        }
        await orthanc.PostAsync("modalities/echoclr/store", JsonSerializer.Serialize(ids[..1])); // the second it keeps to itself

        var asked = await orthanc.PostAsync("modalities/echoclr/storage-commitment", JsonSerializer.Serialize(new { Resources = ids }));
        var path = asked.GetProperty("Path").GetString()!.TrimStart('/');
        await Eventually.IsTrueAsync(async () => (await orthanc.GetAsync(path)).GetProperty("Status").GetString() != "Pending", "Orthanc has its report");

        var outcome = await orthanc.GetAsync(path);
        Assert.Equal("Failure", outcome.GetProperty("Status").GetString());
        Assert.Equal("1.2.3.1.1", Assert.Single(outcome.GetProperty("Success").EnumerateArray()).GetProperty("SOPInstanceUID").GetString());
        var failed = Assert.Single(outcome.GetProperty("Failures").EnumerateArray());
        Assert.Equal(("1.2.3.1.2", 0x0112), (failed.GetProperty("SOPInstanceUID").GetString(), failed.GetProperty("FailureReason").GetInt32()));
        await orthanc.PostAsync("modalities/echoclr/store", JsonSerializer.Serialize(ids[1..]));

        asked = await orthanc.PostAsync("modalities/echoclr/storage-commitment", JsonSerializer.Serialize(new { Resources = ids }));
        path = asked.GetProperty("Path").GetString()!.TrimStart('/');
        await Eventually.IsTrueAsync(async () => (await orthanc.GetAsync(path)).GetProperty("Status").GetString() == "Success", "everything is committed");
    }

    private static CommandSet Request(string transactionUid) => new()
    {
        Field = CommandField.NActionRq, MessageId = 9, ActionTypeId = 1, RequestedSopClassUid = SopClasses.StorageCommitmentPushModel, RequestedSopInstanceUid = "1.2.840.10008.1.20.1.1",
        ErrorComment = transactionUid, // carries it to the data set; taken out before it is sent
    };

    private static Task<ushort?> AskAsync(ScriptedPeer peer, string transactionUid, params SopReference[] objects) => AskAsync(peer, Request(transactionUid), objects);

    private static async Task<ushort?> AskAsync(ScriptedPeer peer, CommandSet request, params SopReference[] objects)
    {
        var information = new DicomDataset().SetSequence(DicomTags.ReferencedSOPSequence, [.. objects.Select(item => new DicomDataset()
            .Set(DicomTags.ReferencedSOPClassUID, item.SopClassUid).Set(DicomTags.ReferencedSOPInstanceUID, item.SopInstanceUid))]);
        information.SetBytes(DicomTags.TransactionUID, DicomVr.UI, System.Text.Encoding.ASCII.GetBytes(request.ErrorComment!));
        await peer.SendMessageAsync(5, request with { ErrorComment = null }, DicomDatasetWriter.Encode(information, TransferSyntax.ImplicitVRLittleEndian).ToArray());
        var response = await peer.ReceiveCommandAsync();
        Assert.Equal(CommandField.NActionRsp, response.Field);
        return response.Status;
    }

    private static async Task ReleaseAsync(ScriptedPeer peer)
    {
        await peer.SendAsync(new ReleaseRqPdu());
        Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
    }

    /// <summary>The ingest role, with a PACS that listens for reports and a modality that does not.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly TestDatabase _test;
        private readonly TemporaryFolder _folder = new();
        private readonly Dictionary<string, string?> _settings;
        private IHost _host;

        private Site(TestDatabase test, SenderStation station, Dictionary<string, string?> settings) =>
            (_test, Station, _settings, _host) = (test, station, settings, Build(settings));

        public SenderStation Station { get; }
        public DicomClient Client { get; } = new(new DicomClientOptions { CommitmentLinger = TimeSpan.FromSeconds(20) }, TimeProvider.System);

        public Parked Parked => new(_test.Database);

        public static async Task<Site> StartAsync(params (string Key, string Value)[] settings)
        {
            var test = await TestDatabase.CreateAsync();
            var station = new SenderStation();
            await station.StartAsync();
            var all = new Dictionary<string, string?>
            {
                ["Data:Directory"] = test.Options.Directory,
                ["Ingest:Listener:Address"] = "127.0.0.1",
                ["Ingest:Listener:Port"] = "0",
                ["Ingest:Listener:Senders:0:AeTitle"] = "PACS",
                ["Ingest:Listener:Senders:0:Address"] = "127.0.0.1",
                ["Ingest:Listener:Senders:0:CommitmentReportTo"] = $"127.0.0.1:{station.Port}",
                ["Ingest:Listener:Senders:1:AeTitle"] = "MODALITY",
                ["Ingest:Listener:Senders:1:Address"] = "127.0.0.1",
                ["Ingest:Commitment:AnswerLimit"] = "00:00:00.500",
                ["Ingest:Commitment:FirstDelay"] = "00:00:00.050",
                ["Ingest:Commitment:MaxDelay"] = "00:00:00.500", // tried in vain for long on a busy machine, it must still be tried soon
                ["Ingest:Commitment:SweepInterval"] = "00:00:00.050",
            };
            foreach (var (key, value) in settings)
                all[key] = value;
            var site = new Site(test, station, all);
            await site._host.StartAsync();
            return site;
        }

        public DicomPeer Peer(string callingAeTitle) => new("ECHOCLR", "127.0.0.1", EndPoint.Port, callingAeTitle);

        /// <summary>The next life of the process.</summary>
        public async Task RestartAsync(Func<Task>? meanwhile = null)
        {
            await _host.StopAsync();
            if (meanwhile is not null)
                await meanwhile();
            _host.Dispose();
            _host = Build(_settings);
            await _host.StartAsync();
        }

        public string Write(string sopInstanceUid)
        {
            var path = Path.Combine(_folder.Path, sopInstanceUid);
            new DicomFile(Arrival.Cine(instance: sopInstanceUid, content: sopInstanceUid), TransferSyntax.ExplicitVRLittleEndian).Write(path);
            return path;
        }

        public async Task StoreAsync(string sopInstanceUid) => Assert.True(Assert.Single(await Client.StoreAsync(Peer("PACS"), [Write(sopInstanceUid)], null, default)).Stored);

        public Task<ScriptedPeer> AssociateAsync(string callingAeTitle, bool roleStated = false) => ScriptedPeer.AssociateAsync(EndPoint, ScriptedPeer.Rq with
        {
            CallingAeTitle = callingAeTitle,
            User = ScriptedPeer.Rq.User with { Roles = roleStated ? [new RoleSelection(SopClasses.StorageCommitmentPushModel, ScuRole: true, ScpRole: false)] : [] },
        });

        public Task<SenderCommitmentRow> RowAsync(string transactionUid) => _test.Database.ReadAsync(
            session => session.ScalarAsync<SenderCommitmentRow>("SELECT id, state, attempts, committed, failed, reason FROM sender_commitment WHERE transaction_uid = @Uid", new { Uid = transactionUid }), default);

        public async Task<SenderCommitmentRow> UntilAsync(string transactionUid, SenderCommitmentState state)
        {
            await Eventually.IsTrueAsync(async () => (await RowAsync(transactionUid)).State == state, $"{transactionUid} is {state}");
            return await RowAsync(transactionUid);
        }

        public async ValueTask DisposeAsync()
        {
            await _host.StopAsync();
            _host.Dispose();
            await Station.StopAsync();
            _folder.Dispose();
            await _test.DisposeAsync();
        }

        private IPEndPoint EndPoint => _host.Services.GetRequiredService<DicomListener>().LocalEndPoint;

        private static IHost Build(Dictionary<string, string?> settings)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Services.AddIngest(builder.Configuration);
            builder.Services.AddEchoClrBus(new BusOptions(), _ => { });
            return builder.Build();
        }
    }
}
