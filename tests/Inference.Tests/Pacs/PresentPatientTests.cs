using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Tests.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.Pacs;

/// <summary>Patient or accession number changed at the PACS, and studies that vanish there, before a report is written or sent (peers-and-faults §7.3, item 16).</summary>
public class PresentPatientTests
{
    [Fact]
    public async Task AccessionChanged_ReportAndCinesCarryThePresentOne()
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["AccessionNumber"] = "B-77", ["PatientID"] = "MRN 0815" };

        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);

        foreach (var item in await world.Deliveries.ListObjectsAsync(delivery.Id, default))
        {
            var dataset = DicomFile.Read(world.Database.Blobs.PathOf(item.FileKey)).Dataset;
            Assert.Equal(("B-77", "MRN 0815", "Müller^Jürgen"), (dataset.GetString(DicomTags.AccessionNumber), dataset.GetString(DicomTags.PatientID), dataset.GetString(DicomTags.PatientName)));
        }
        var report = await ReportAsync(world, delivery);
        Assert.Equal("B-77", report.GetSequence(DicomTags.ReferencedRequestSequence)[0].GetString(DicomTags.AccessionNumber));
        await DicomValidators.DciodvfyAsync(await PathAsync(world, delivery), "Comprehensive3DSR");
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task PatientMerged_ReportCarriesTheNewId()
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["PatientID"] = "MRN 4711", ["PatientName"] = "Müller^Jürgen", ["PatientBirthDate"] = "19400102", ["PatientSex"] = "M" };
        var report = await ReportAsync(world, await world.WriteReportAsync());
        Assert.Equal("MRN 4711", report.GetString(DicomTags.PatientID));
        Assert.Null(report.GetString(DicomTags.IssuerOfPatientID)); // it issued the old one
    }

    [Theory]
    [InlineData("Schmidt^Anna", PresentPatient.AnotherPatient)]
    [InlineData("Папаниколау^Георгий", PresentPatient.AnotherPatient)]
    public async Task AnotherPatient_IsParked_AndNothingIsSent(string name, string reason)
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["PatientID"] = "P-9", ["PatientName"] = name, ["PatientBirthDate"] = "19811224", ["PatientSex"] = "F" };

        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);

        Assert.Empty(world.Pacs.Stored);
        Assert.Equal((DeliveryState.Parked, reason), (delivery.State, delivery.Reason));
        Assert.Equal(delivery.Id, Assert.Single(await world.PublishedAsync<DeliveryParked>(1)).DeliveryId);
        Assert.Equal(reason, Assert.Single(await world.Get<Parked>().ListAsync(default)).Reason);
        Assert.Equal("MRN 0815", (await ReportAsync(world, delivery)).GetString(DicomTags.PatientID)); // as received: a person decides
    }

    [Fact]
    public async Task NameThatCannotBeWritten_IsParked()
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["PatientID"] = "MRN 0815", ["PatientName"] = "Папаниколау^Георгий" };
        var delivery = await world.WriteReportAsync();
        Assert.Equal((DeliveryState.Parked, PresentPatient.Unwritable), (delivery.State, delivery.Reason));
    }

    [Fact]
    public async Task AnotherPatient_Retried_IsSentOnlyOnceThePacsAgrees()
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["PatientID"] = "P-9", ["PatientName"] = "Schmidt^Anna" };
        var delivery = await world.WriteReportAsync();
        Assert.True(await world.Get<Parked>().RetryAsync(ParkedKind.Delivery, delivery.Id, world.Time.GetUtcNow(), default));
        await world.AdvanceAsync(delivery);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Parked, StudyRecheck.AnotherPatient), (delivery.State, delivery.Reason));
        Assert.Empty(world.Pacs.Stored);

        world.Pacs.Study = new() { ["PatientID"] = "MRN 0815" }; // somebody put it right there
        Assert.True(await world.Get<Parked>().RetryAsync(ParkedKind.Delivery, delivery.Id, world.Time.GetUtcNow(), default));
        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Theory]
    [InlineData(true)] // it is away
    [InlineData(false)] // it does not know the study
    public async Task NoUsableAnswer_ReportCarriesWhatWasReceived(bool away)
    {
        await using var world = await WorldAsync();
        (world.Pacs.NoQuery, world.Pacs.Study) = (away ? "the PACS is away" : null, null);
        var report = await ReportAsync(world, await world.WriteReportAsync());
        Assert.Equal(("MRN 0815", "A-2026-17"), (report.GetString(DicomTags.PatientID), report.GetString(DicomTags.AccessionNumber)));
    }

    [Fact]
    public async Task NotConfigured_NobodyIsAsked()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.Study = new() { ["AccessionNumber"] = "B-77" };
        var report = await ReportAsync(world, await world.WriteReportAsync());
        Assert.Equal((0, "A-2026-17"), (world.Pacs.Queries, report.GetString(DicomTags.AccessionNumber)));
    }

    [Fact]
    public async Task ChangedOnceMoreSince_TheReportInAnotherClassCarriesTheSame()
    {
        await using var world = await WorldAsync();
        world.Pacs.Study = new() { ["AccessionNumber"] = "B-77", ["PatientID"] = "MRN 0815" };
        var delivery = await world.WriteReportAsync();
        world.Pacs.Study = new() { ["AccessionNumber"] = "C-88", ["PatientID"] = "MRN 0815" };
        world.Pacs.RefusedClasses.Add(SopClasses.Comprehensive3DSRStorage);
        await world.AdvanceAsync(delivery);

        var report = await ReportAsync(world, delivery);
        Assert.Equal((SopClasses.ComprehensiveSRStorage, "B-77"), (report.GetString(DicomTags.SOPClassUID), report.GetString(DicomTags.AccessionNumber)));
    }

    [Fact]
    public async Task StudyVanished_IsParked_NeverSent_UntilItIsBack()
    {
        await using var world = await WorldAsync(recheck: true);
        var delivery = await world.WriteReportAsync();
        world.Pacs.Study = null;
        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Parked, StudyRecheck.Vanished), (delivery.State, delivery.Reason));
        Assert.Empty(world.Pacs.Stored);

        world.Pacs.Study = [];
        Assert.True(await world.Get<Parked>().RetryAsync(ParkedKind.Delivery, delivery.Id, world.Time.GetUtcNow(), default));
        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task RecheckUnanswered_Waits_AndSendsOnceItIsAnswered()
    {
        await using var world = await WorldAsync(recheck: true);
        var delivery = await world.WriteReportAsync();
        world.Pacs.NoQuery = "PACS@127.0.0.1:104 cannot be reached: Connection refused.";
        await world.AdvanceAsync(delivery);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Waiting, 1), (delivery.State, delivery.Attempts));
        Assert.Contains("Connection refused", delivery.Reason, StringComparison.Ordinal);
        Assert.Empty(world.Pacs.Stored);

        world.Pacs.NoQuery = null;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task PatientChangedBetweenWritingAndSending_IsParked()
    {
        await using var world = await WorldAsync(recheck: true);
        var delivery = await world.WriteReportAsync();
        world.Pacs.Study = new() { ["PatientID"] = "P-9", ["PatientName"] = "Schmidt^Anna" };
        await world.AdvanceAsync(delivery);
        Assert.Equal((DeliveryState.Parked, StudyRecheck.AnotherPatient), ((await world.ReadAsync(delivery)).State, (await world.ReadAsync(delivery)).Reason));
        Assert.Empty(world.Pacs.Stored);
    }

    [Fact]
    public async Task Orthanc_AccessionCorrected_IsCarried_AndItsDeletedStudyGetsNothing()
    {
        await using var orthanc = await OrthancProcess.StartAsync(("us", "ECHOCLR", RunningTool.FreePort()), ("tester", "TESTER", RunningTool.FreePort()));
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        await using var world = await InferenceWorld.CreateAsync(options => (options.Destinations[0].AeTitle, options.Destinations[0].Port) = (OrthancProcess.AeTitle, orthanc.DicomPort), client: client);
        world.Asked.Add(new PacsToAsk { AeTitle = OrthancProcess.AeTitle, Host = "127.0.0.1", Port = orthanc.DicomPort, RecheckStudy = true });
        await FillAsync(client, new DicomPeer(OrthancProcess.AeTitle, "127.0.0.1", orthanc.DicomPort, "TESTER"), world);

        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);

        Assert.NotNull((await world.ReadAsync(delivery)).SentAt);
        Assert.Equal("B-77", (await ReportAsync(world, delivery)).GetString(DicomTags.AccessionNumber));
        var studies = await orthanc.GetAsync("studies");
        Assert.Equal(1, studies.GetArrayLength());
        using var deleted = await orthanc.Http.DeleteAsync(new Uri($"studies/{studies[0].GetString()}", UriKind.Relative));
        deleted.EnsureSuccessStatusCode();

        world.Time.Advance(TimeSpan.FromHours(1));
        var second = await world.WriteReportAsync(); // a late cine
        await world.AdvanceAsync(second);
        Assert.Equal((DeliveryState.Parked, StudyRecheck.Vanished), ((await world.ReadAsync(second)).State, (await world.ReadAsync(second)).Reason));
        Assert.Equal(0, (await orthanc.GetAsync("instances")).GetArrayLength());
    }

    [Fact]
    public async Task Dcmqrscp_AccessionCorrected_IsCarried()
    {
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync();
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        await using var world = await InferenceWorld.CreateAsync(client: client);
        world.Asked.Add(new PacsToAsk { AeTitle = DcmqrscpProcess.AeTitle, Host = "127.0.0.1", Port = dcmqrscp.Port });
        await FillAsync(client, new DicomPeer(DcmqrscpProcess.AeTitle, "127.0.0.1", dcmqrscp.Port, "TESTER"), world);
        Assert.Equal("B-77", (await ReportAsync(world, await world.WriteReportAsync())).GetString(DicomTags.AccessionNumber));
    }

    /// <summary>The study "one" as the PACS has it: the same patient under another accession number.</summary>
    private static async Task FillAsync(DicomClient client, DicomPeer pacs, InferenceWorld world)
    {
        var dataset = SomeReport.Header().Set(DicomTags.StudyInstanceUID, Rows.Uid("study one")).Set(DicomTags.AccessionNumber, "B-77");
        var file = Path.Combine(world.Database.Blobs.Root, "at-the-pacs.dcm");
        new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian).Write(file);
        Assert.All(await client.StoreAsync(pacs, [file], null, CancellationToken.None), result => Assert.True(result.Stored, result.Error));
    }

    private static async Task<InferenceWorld> WorldAsync(bool recheck = false)
    {
        var world = await InferenceWorld.CreateAsync();
        world.Asked.Add(new PacsToAsk { AeTitle = "PACS", Host = "127.0.0.1", RecheckStudy = recheck });
        return world;
    }

    private static async Task<string> PathAsync(InferenceWorld world, DeliveryRow delivery) =>
        world.Database.Blobs.PathOf((await world.Deliveries.ListObjectsAsync(delivery.Id, default))[^1].FileKey);

    private static async Task<DicomDataset> ReportAsync(InferenceWorld world, DeliveryRow delivery) => DicomFile.Read(await PathAsync(world, delivery)).Dataset;
}
