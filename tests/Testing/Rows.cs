using System.Security.Cryptography;
using System.Text;
using EchoClr.Shared.Data;

namespace EchoClr.Testing;

/// <summary>Plausible rows for store tests: everything that a test does not care about.</summary>
public static class Rows
{
    public static readonly DateTimeOffset Noon = new(2025, 1, 10, 12, 0, 0, TimeSpan.Zero);

    public const string UltrasoundMultiFrame = "1.2.840.10008.5.1.4.1.1.3.1";
    public const string ComprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";

    public static NewAssociation Association(string name = "one", string listener = "ECHOCLR@test:0") =>
        new(Sha256(name)[..32], listener, "PACS", "ECHOCLR", "127.0.0.1", Sha256("trace " + name)[..32], Noon);

    /// <summary>An arrival; the same name and content give the same SOP Instance UID and bytes.</summary>
    public static NewInstance Instance(string study, string name, string content = "", DateTimeOffset? at = null, NewAssociation? association = null) => new()
    {
        StudyInstanceUid = Uid("study " + study),
        SeriesInstanceUid = Uid("series " + study),
        SopInstanceUid = Uid("instance " + name),
        SopClassUid = UltrasoundMultiFrame,
        TransferSyntaxUid = "1.2.840.10008.1.2.4.50",
        FileKey = $"objects/{Guid.NewGuid():N}.dcm",
        DatasetOffset = 350,
        DatasetLength = 1000,
        DatasetSha256 = Sha256($"{name} {content}"),
        AssociationId = (association ?? Association()).Id,
        CallingAeTitle = "PACS",
        TraceId = (association ?? Association()).TraceId,
        ReceivedAt = at ?? Noon,
        NumberOfFrames = 30,
        Modality = "US",
        PatientId = "P-" + study,
        PatientName = "Test^" + study,
    };

    public static string Uid(string name) => "2.25." + Convert.ToUInt64(Sha256(name)[..15], 16);

    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static Task<Reception> ReceiveAsync(this TestDatabase test, NewInstance instance, NewAssociation? association = null) =>
        test.Database.WriteAsync(session => InstanceStore.RecordReceivedAsync(session, association ?? Association(), instance), CancellationToken.None);

    public static Task EndAsync(this TestDatabase test, NewAssociation association, DateTimeOffset at) => test.Database.WriteAsync(
        session => AssociationStore.RecordEndedAsync(session, association, "Released", "released by the peer", 1, at), CancellationToken.None);

    /// <summary>Receives a study of some cines over one association that is then over, and completes it.</summary>
    public static async Task<StudyVersionRow> CompleteStudyAsync(this TestDatabase test, string study, int cines = 2, DateTimeOffset? at = null)
    {
        var association = Association("for " + study);
        for (var i = 0; i < cines; i++)
            await test.ReceiveAsync(Instance(study, $"{study} {i}", at: at, association: association), association);
        await test.EndAsync(association, at ?? Noon);
        return await test.CompleteAsync(study, (at ?? Noon).AddMinutes(1));
    }

    /// <summary>Completes the study's open version, whatever the evidence.</summary>
    public static async Task<StudyVersionRow> CompleteAsync(this TestDatabase test, string study, DateTimeOffset at)
    {
        var studies = new StudyStore(test.Database);
        var open = (await studies.ListVersionsAsync(Uid("study " + study), CancellationToken.None)).Single(version => version.State == StudyVersionState.Open);
        return await studies.CompleteAsync(open, "{}", at, CancellationToken.None) ?? throw new InvalidOperationException("the version changed while it was completed");
    }

    /// <summary>Two models, promoted: the view gate and the AS/LVH model.</summary>
    public static async Task<(ModelRow ViewGate, ModelRow AsLvh)> PromoteModelsAsync(this TestDatabase test, string version = "1")
    {
        var models = new ModelStore(test.Database);
        var gate = await models.ImportAsync(new NewModel("view-gate", "view-gate", version, Sha256("gate " + version), "{}", "models/view-gate", true), Noon, CancellationToken.None);
        var asLvh = await models.ImportAsync(new NewModel("as-lvh", "as-lvh", version, Sha256("as-lvh " + version), "{}", "models/as-lvh", true), Noon, CancellationToken.None);
        await models.PromoteAsync(gate.Id, "test", Noon, CancellationToken.None);
        await models.PromoteAsync(asLvh.Id, "test", Noon, CancellationToken.None);
        return (gate, asLvh);
    }

    public static NewAnalysis Analysis(StudyVersionRow version, (ModelRow ViewGate, ModelRow AsLvh) models, DateTimeOffset? at = null) => new(
        version.Id, models.AsLvh.Id, models.ViewGate.Id, AnalysisState.Analyzed, null, """{"frames":16}""", at ?? Noon, at ?? Noon, version.TraceId, [],
        [new NewFinding(null, "severe_as", 0.81, 0.5, FindingOutcome.Present), new NewFinding(null, "lvh", null, 0.4, FindingOutcome.Abstained)]);

    public static NewResultObject Result(ResultKind kind, string name) =>
        new(kind, ComprehensiveSr, Uid("result " + name), Uid("result series " + name), $"results/{Sha256(name)}.dcm", Sha256(name), 1000);

    /// <summary>A complete study with its analysis, report and a delivery to "pacs".</summary>
    public static async Task<(StudyVersionRow Version, AnalysisRow Analysis, NewResultObject Report, DeliveryRow Delivery)> ReportStudyAsync(this TestDatabase test, string study)
    {
        var version = await test.CompleteStudyAsync(study);
        var (analysis, report, delivery) = await test.ReportAsync(version, "sr");
        return (version, analysis, report, delivery);
    }

    /// <summary>Analyses a version, and writes its report for "pacs".</summary>
    /// <param name="report">A name; the UID follows from it.</param>
    public static async Task<(AnalysisRow Analysis, NewResultObject Report, DeliveryRow Delivery)> ReportAsync(this TestDatabase test, StudyVersionRow version, string report)
    {
        var (analyses, deliveries) = (new AnalysisStore(test.Database), new DeliveryStore(test.Database));
        var recorded = await analyses.RecordAsync(Analysis(version, await test.PromoteModelsAsync()), CancellationToken.None);
        var analysis = (await analyses.FindAsync(recorded.AnalysisId, CancellationToken.None))!;
        var result = Result(ResultKind.StructuredReport, report);
        await deliveries.RecordReportAsync(analysis, [result], [new NewDelivery("pacs", false, [result.SopInstanceUid])], Noon, CancellationToken.None);
        return (analysis, result, (await deliveries.ListOfAnalysisAsync(analysis.Id, CancellationToken.None)).Single());
    }
}
