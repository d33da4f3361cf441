using System.Text.Json;
using EchoClr.Dicom;
using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EchoClr.Portal.Tests;

/// <summary>A portal with a department's morning in it: studies in every state, one of them with a hostile name.</summary>
internal sealed class PortalWorld : IAsyncDisposable
{
    public const string HostileName = "<script>alert(1)</script>^Eve";
    public const string Password = "four words of a reader";

    private readonly string _cineKey = BlobStore.NewKey(BlobStore.Objects);
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    private PortalWorld((string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Data:Directory"] = _folder.Path;
        builder.Configuration["Portal:Url"] = "http://127.0.0.1:0";
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.Services.AddSingleton<ISite>(Site);
        builder.AddEchoClrPortal();
        _app = builder.Build();
        _app.MapEchoClrPortal();
    }

    /// <summary>Anna Berger's: it has a cine, a saliency cine and a report.</summary>
    public static readonly string Study = Rows.Uid("study a");
    public static readonly string Cine = Rows.Uid("instance a cine");

    public TestSite Site { get; } = new();

    public string Url => _app.Urls.Single();

    public Database Database => Service<Database>();

    public static async Task<PortalWorld> StartAsync(params (string Key, string Value)[] settings)
    {
        var world = new PortalWorld(settings);
        await world.Service<Migrator>().ApplyAsync(default);
        await world.AddMorningAsync();
        await world._app.StartAsync();
        return world;
    }

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public async Task<UserRow> AddUserAsync(string name, PortalRoles roles = PortalRoles.Reader)
    {
        var user = await Service<UserStore>().SaveAsync(name, roles, AuditParticipant.Operator(), DateTimeOffset.UnixEpoch, default);
        await Service<UserStore>().SetPasswordAsync(user.Id, Passwords.Hash(Password), AuditParticipant.Operator(), DateTimeOffset.UnixEpoch, default);
        return user;
    }

    /// <summary>One more study arrives.</summary>
    public Task ArriveAsync(string name) => ReceiveAsync(name, "Late^Lena", "A-2090", TimeProvider.System.GetUtcNow());

    /// <summary>A model that passed gate and shadow, with curves beside it; the one in service has some too.</summary>
    public async Task<ModelRow> AddCandidateAsync()
    {
        var (models, promotions) = (Service<ModelStore>(), Service<PromotionStore>());
        var serving = (await models.FindInServiceAsync("as-lvh", default))!;
        await Database.WriteAsync(session => session.ExecuteAsync("UPDATE model SET folder = @Folder WHERE id = @Id", new { serving.Id, Folder = Curves("serving", 0.8) }), default);
        var candidate = await models.ImportAsync(new NewModel("as-lvh", "as-lvh", "1.5.0", new string('c', 64), "{}", Curves("candidate", 0.9), true)
        {
            Lineage = new ModelLineage
            {
                ParentId = serving.Id, CohortSha256 = new string('d', 64), Recipe = "./echoclr finetune findings --labels AS,LVH", Seed = 2026,
                Metrics = """[{"name":"AUROC","class":"AS","value":0.951,"low":0.921,"high":0.974,"patients":350,"positives":57}]""",
            },
        }, Rows.Noon, default);
        await promotions.RecordVerdictAsync(new NewVerdict(candidate.Id, serving.Id, true, "AS: AUROC 0.951 against 0.940, difference -0.010 to +0.030", "{}", new string('e', 64), "tess"), AuditParticipant.Operator(), Rows.Noon, default);
        await promotions.MakeCandidateAsync(candidate.Id, "200 studies read", Rows.Noon, default);
        return candidate;

        string Curves(string name, double height)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
            File.WriteAllText(Path.Combine(folder, "evaluation.json"), JsonSerializer.Serialize(new
            {
                measuredAt = Rows.Noon, data = "150 phantom patients " + TestSite.HostileWords,
                findings = new[]
                {
                    new
                    {
                        name = "AS", threshold = 0.2, figures = new[] { new { name = "AUROC", value = height + 0.05, low = height, high = height + 0.08 } },
                        reliability = new { bins = new[] { new { predicted = 0.1, observed = 0.05, studies = 40 }, new { predicted = 0.8, observed = height, studies = 40 } }, expectedError = 0.031 },
                        roc = new[] { new { x = 0.0, y = 0.0, cut = 1.0 }, new { x = 0.1, y = height, cut = 0.4 }, new { x = 1.0, y = 1.0, cut = 0.0 } },
                    },
                },
            }));
            return folder;
        }
    }

    /// <summary>A delivery of Novak's report is given up.</summary>
    public Task<int> ParkADeliveryAsync(string reason) => Database.WriteAsync(
        session => session.ExecuteAsync("UPDATE delivery SET state = 'Parked', reason = @Reason, updated_at = @Noon WHERE state <> 'Confirmed'", new { Reason = reason, Rows.Noon }), default);

    /// <summary>Anna Berger's report is taken back; the superseding one is not written yet.</summary>
    public async Task WithdrawAsync()
    {
        var row = (await Service<Worklist>().FindAsync(Study, default))!;
        await Service<WithdrawalStore>().WithdrawAsync(row.Analysis!, "chief", "wrong patient", null, Rows.ComprehensiveSr, Rows.Noon, default, AuditParticipant.Operator());
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private async Task AddMorningAsync()
    {
        var models = Service<ModelStore>();
        var gate = await models.ImportAsync(new NewModel("view-gate", "view-gate", "1.2.0", new string('a', 64), "{}", "models/view-gate", true), Rows.Noon, default);
        var asLvh = await models.ImportAsync(new NewModel("as-lvh", "as-lvh", "1.4.0", new string('b', 64), "{}", "models/as-lvh", true), Rows.Noon, default);
        await models.PromoteAsync(gate.Id, "test", Rows.Noon, default);
        await models.PromoteAsync(asLvh.Id, "test", Rows.Noon, default);
        (string Name, string Patient, double? As, double? Lvh)[] morning =
        [
            ("a", "Berger^Anna", 0.87, 0.42), ("b", "Okafor^Chidi", 0.11, 0.93), ("c", HostileName, 0.06, 0.18), ("d", "Lindqvist^Maja", null, 0.21), ("e", "山田^太郎", 0.03, 0.05),
            ("f", "Fernández de la Vega^María Dolores", 0.64, 0.88), ("g", "Novak^Petr", 0.22, 0.13), ("h", "Haddad^Layla", 0.19, 0.31),
        ];
        for (var i = 0; i < morning.Length; i++)
            await AnalyzeAsync(await CompleteAsync(morning[i].Name, morning[i].Patient, $"A-20{i:00}", Rows.Noon.AddMinutes(i * 11)), asLvh.Id, gate.Id, morning[i].As, morning[i].Lvh, confirmed: i != 6, withFiles: i == 0);
        var blind = await CompleteAsync("n", "Moreau^Luc", "A-2020", Rows.Noon.AddMinutes(97));
        await Service<AnalysisStore>().RecordAsync(new NewAnalysis(blind.Id, asLvh.Id, gate.Id, AnalysisState.NotAnalyzed, "no parasternal long-axis cine was found", null, Rows.Noon, Rows.Noon, blind.TraceId, [], []), default);
        var parked = await CompleteAsync("p", "Schmidt^Jürgen", "A-2021", Rows.Noon.AddMinutes(103));
        await Database.WriteAsync(session => session.ExecuteAsync("UPDATE study_version SET analysis_parked_at = @Noon, analysis_error = 'the decoder crashed three times' WHERE id = @Id", new { Rows.Noon, parked.Id }), default);
        await ReceiveAsync("r", "Rossi^Giulia", "A-2022", Rows.Noon.AddMinutes(120));
    }

    private Task<Reception> ReceiveAsync(string name, string patient, string accession, DateTimeOffset at) => Database.WriteAsync(
        session => InstanceStore.RecordReceivedAsync(session, Rows.Association("for " + name), Rows.Instance(name, name + " cine", at: at, association: Rows.Association("for " + name)) with
        {
            FileKey = name == "a" ? _cineKey : $"objects/{name}.dcm", NumberOfFrames = TestCine.Frames, SeriesNumber = 1, InstanceNumber = 1, PatientName = patient, PatientId = "P-" + name, AccessionNumber = accession, StudyDate = "20250110", StudyDescription = "TTE adult", PatientBirthDate = "19480312", PatientSex = "F",
        }), default);

    private async Task<StudyVersionRow> CompleteAsync(string name, string patient, string accession, DateTimeOffset at)
    {
        await ReceiveAsync(name, patient, accession, at);
        var studies = Service<StudyStore>();
        var open = Assert.Single(await studies.ListVersionsAsync(Rows.Uid("study " + name), default));
        return (await studies.CompleteAsync(open, """{"rule":"quiet, and every association is over","quietFor":"00:01:00","associations":[{"id":"a"}]}""", at.AddMinutes(1), default))!;
    }

    private async Task AnalyzeAsync(StudyVersionRow version, long model, long viewModel, double? aorticStenosis, double? hypertrophy, bool confirmed, bool withFiles)
    {
        var analyses = Service<AnalysisStore>();
        var recorded = await analyses.RecordAsync(new NewAnalysis(version.Id, model, viewModel, AnalysisState.Analyzed, null, Details(), version.CompletedAt!.Value, version.CompletedAt.Value.AddSeconds(9), version.TraceId,
            [new NewVideoView(Assert.Single(await Service<StudyStore>().ListInstancesAsync(version.Id, default)).Id, "PLAX", 0.97, true, null)],
            [Finding("AS", aorticStenosis), Finding("LVH", hypertrophy)]), default);
        var (analysis, deliveries) = ((await analyses.FindAsync(recorded.AnalysisId, default))!, Service<DeliveryStore>());
        var (report, saliency) = (Rows.Result(ResultKind.StructuredReport, "sr " + version.Id), Rows.Result(ResultKind.SaliencyCine, "saliency " + version.Id) with { SopClassUid = SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage });
        if (withFiles)
            WriteFiles(version, report, saliency);
        await deliveries.RecordReportAsync(analysis, withFiles ? [saliency, report] : [report], [new NewDelivery("pacs", false, [report.SopInstanceUid])], version.CompletedAt.Value.AddSeconds(12), default);
        if (confirmed)
            await deliveries.RecordConfirmedAsync(Assert.Single(await deliveries.ListOfAnalysisAsync(analysis.Id, default)), "StorageCommitment", version.CompletedAt.Value.AddSeconds(20), default);
    }

    private void WriteFiles(StudyVersionRow version, NewResultObject report, NewResultObject saliency)
    {
        var blobs = Service<BlobStore>();
        TestCine.Write(PathOf(_cineKey), version.StudyInstanceUid, Cine);
        TestCine.WriteSaliency(PathOf(saliency.FileKey), version.StudyInstanceUid, saliency.SopInstanceUid, Cine);
        TestCine.WriteReport(PathOf(report.FileKey), version.StudyInstanceUid, report.SopInstanceUid);

        string PathOf(string key)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(blobs.PathOf(key))!);
            return blobs.PathOf(key);
        }
    }

    private static string Details() => JsonSerializer.Serialize(new
    {
        findings = new[]
        {
            new
            {
                question = "AS", model = new { name = "as-lvh", version = "1.4.0", weightsSha256 = new string('b', 64) }, parameters = "cines=2;windows=8;frames=16;interval=50ms;aggregation=mean over windows, then over cines",
                keyFrame = new { source = new { sopInstanceUid = Cine }, frameNumber = 7 },
            },
        },
    });

    private static NewFinding Finding(string name, double? probability) =>
        new(null, name, probability, 0.5, probability is null ? FindingOutcome.Abstained : probability >= 0.5 ? FindingOutcome.Present : FindingOutcome.Absent);
}
