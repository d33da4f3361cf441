using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Tests.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.Delivery;

/// <summary>Every way in which a PACS can refuse, break or fall silent, over a real socket: each ends as confirmed, as tried again, or as parked with a reason that its administrator understands.</summary>
public sealed class DeliveryFaultTests
{
    private const string Cine = SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage;
    private const string Picture = SopClasses.SecondaryCaptureImageStorage;

    /// <summary>For a PACS that will not answer: far shorter than in service.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    /// <summary>For a PACS that reports on another association or never: everything else it answers, however busy the machine is.</summary>
    private static DicomClientOptions WithoutLinger => new() { CommitmentLinger = Patience };

    [Fact]
    public async Task CallingAeRejectedForGood_IsParkedSoonWithTheReason_AndARetryDeliversIt()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.Reject = _ => new AssociateRjPdu(1, 1, 3);
        var delivery = await site.World.WriteReportAsync();

        delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Parked);

        Assert.Equal(site.World.Options.Delivery.MaxRefusedAttempts, delivery.Attempts);
        Assert.Contains("calling AE title not recognized (permanent)", delivery.Reason, StringComparison.Ordinal);
        site.Pacs.Reject = _ => null;
        await site.RetryAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).State);
    }

    [Fact]
    public async Task AssociationRejectedForNow_IsTriedAgain_FarBeyondThePermanentLimit()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.Reject = _ => site.Pacs.Associations.Count <= 2 * site.World.Options.Delivery.MaxRefusedAttempts ? new AssociateRjPdu(2, 3, 2) : null;
        var delivery = await site.World.WriteReportAsync();

        delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed);

        Assert.Equal(2 * site.World.Options.Delivery.MaxRefusedAttempts + 1, delivery.Attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the context is accepted, and every object of the class answered 0122H
    public async Task ReportClassNotTaken_FallsBackToEnhancedSr_WhichIsValidAndHasAUidOfItsOwn(bool byStatus)
    {
        await using var site = await Site.CreateAsync();
        string[] refused = [SopClasses.Comprehensive3DSRStorage, SopClasses.ComprehensiveSRStorage];
        if (byStatus)
            site.Pacs.Status = sopClass => refused.Contains(sopClass) ? (ushort)0x0122 : (ushort)0;
        else
            site.Pacs.RefusedClasses.UnionWith(refused);
        var delivery = await site.World.WriteReportAsync();
        var first = (await site.World.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None))[^1];

        delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed);

        Assert.Equal(1, delivery.Attempts);
        var (path, report) = await site.ReportAsync(delivery);
        Assert.Equal(SopClasses.EnhancedSRStorage, report.GetString(DicomTags.SOPClassUID));
        Assert.NotEqual(first.SopInstanceUid, report.GetString(DicomTags.SOPInstanceUID));
        ReportRules.AssertAll(report);
        await DicomValidators.DciodvfyAsync(path, "EnhancedSR");
        await DicomValidators.DsrdumpAsync(path);
    }

    [Fact]
    public async Task OnlyImplicitVrTaken_GetsTheSameReportInIt()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.RefusedSyntaxes.UnionWith([TransferSyntax.ExplicitVRLittleEndian.Uid, TransferSyntax.JPEGBaseline8Bit.Uid]); // so that the cines fall back to pictures
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal([Picture, Picture, SopClasses.Comprehensive3DSRStorage], site.Pacs.Stored.Select(item => item.SopClassUid));
        var (_, report) = await site.ReportAsync(delivery);
        var sent = DicomDatasetReader.Read(site.Pacs.Stored.Last().Dataset, TransferSyntax.ImplicitVRLittleEndian);
        Assert.Equal(DicomDatasetWriter.Encode(report, TransferSyntax.ExplicitVRLittleEndian), DicomDatasetWriter.Encode(sent, TransferSyntax.ExplicitVRLittleEndian));
    }

    [Fact]
    public async Task NoReportClassTaken_IsParkedAndNamesTheClass()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.RefusedClasses.UnionWith(Inference.Reporting.StructuredReportBuilder.SopClassPreference);
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Parked);

        Assert.Contains("does not take Explicit VR Little Endian of Enhanced SR Storage: abstract syntax not supported", delivery.Reason, StringComparison.Ordinal);
        Assert.Equal(2, site.Pacs.Stored.Count(item => item.SopClassUid == Cine)); // sent once, not with every attempt
    }

    [Fact]
    public async Task TrueColorCinesNotTaken_SendsKeyFramesThatTheReportPointsTo()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.RefusedClasses.Add(Cine);
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal(1, delivery.Attempts);
        Assert.Equal([Picture, Picture, SopClasses.Comprehensive3DSRStorage], site.Pacs.Stored.Select(item => item.SopClassUid));
        var (path, report) = await site.ReportAsync(delivery);
        ReportRules.AssertAll(report);
        Assert.Equal(site.Pacs.Stored.Take(2).Select(item => item.SopInstanceUid), Explanations(report));
        await DicomValidators.DciodvfyAsync(path, "Comprehensive3DSR");
        foreach (var item in (await site.World.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None)).SkipLast(1))
            await DicomValidators.DciodvfyAsync(site.World.Database.Blobs.PathOf(item.FileKey), "SCImage");
    }

    [Fact]
    public async Task NoPictureTaken_SendsTheReportAlone()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.RefusedClasses.UnionWith([Cine, Picture]);
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal([SopClasses.Comprehensive3DSRStorage], site.Pacs.Stored.Select(item => item.SopClassUid));
        var (path, report) = await site.ReportAsync(delivery);
        ReportRules.AssertAll(report);
        Assert.Empty(Explanations(report));
        await DicomValidators.DciodvfyAsync(path, "Comprehensive3DSR");
    }

    [Theory]
    [InlineData(0xA700, "A700H (out of resources)", false)]
    [InlineData(0x0110, "0110H (processing failure)", false)]
    [InlineData(0xA900, "A900H (data set does not match SOP class)", true)]
    [InlineData(0xC123, "C123H (cannot understand)", true)]
    [InlineData(0x0124, "0124H (not authorized)", true)]
    public async Task FailureStatus_IsTriedAgain_OrParkedSoonWhereTheObjectIsAtFault(int status, string words, bool parked)
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.Status = sopClass => sopClass == Cine ? (ushort)0 : (ushort)status;
        var delivery = await site.World.WriteReportAsync();

        for (var attempt = 0; attempt < site.World.Options.Delivery.MaxRefusedAttempts; attempt++)
            delivery = await site.AdvanceAsync(delivery);

        Assert.Equal(parked ? DeliveryState.Parked : DeliveryState.Waiting, delivery.State);
        Assert.Contains($"pacs answered {words} to an object of Comprehensive 3D SR Storage", delivery.Reason, StringComparison.Ordinal);
        site.Pacs.Status = _ => 0;
        if (parked)
            await site.RetryAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).State);
    }

    [Theory]
    [InlineData(0xB000)]
    [InlineData(0xB006)]
    [InlineData(0xB007)]
    public async Task Warning_CountsAsTaken_AndIsKept(int status)
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.Status = _ => (ushort)status;
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.All(await site.World.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None), item => Assert.Equal(status, item.Status));
        Assert.Equal(3, site.Pacs.Stored.Count);
    }

    [Fact]
    public async Task AbortAfterTheCommand_IsTriedAgain()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.AbortsAfterCommand = true;
        var delivery = await site.AdvanceAsync(await site.World.WriteReportAsync());
        Assert.Equal(DeliveryState.Waiting, delivery.State);
        Assert.Contains("while an instance was stored", delivery.Reason, StringComparison.Ordinal);

        site.Pacs.AbortsAfterCommand = false;
        Assert.Equal(2, (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).Attempts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_EndsByATimeLimit_AndIsTriedAgain(bool atTheAssociation)
    {
        await using var site = await Site.CreateAsync(patience: new DicomClientOptions { AssociationTimeout = Patience, ResponseTimeout = Patience, CommitmentLinger = Patience });
        if (atTheAssociation)
            site.Pacs.IgnoresAssociations = true;
        else
            site.Pacs.Status = _ => null;
        var delivery = await site.AdvanceAsync(await site.World.WriteReportAsync());
        Assert.Equal(DeliveryState.Waiting, delivery.State);
        Assert.Contains("did not answer in time", delivery.Reason, StringComparison.Ordinal);

        (site.Pacs.IgnoresAssociations, site.Pacs.Status) = (false, _ => 0);
        Assert.Equal(DeliveryState.Confirmed, (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).State);
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task OneKilobyteASecond_TakesItsTimeAndIsConfirmed()
    {
        await using var site = await Site.CreateAsync(options => options.Destinations[0].Saliency = Inference.Reporting.SaliencyForm.None);
        site.Pacs.BytesPerTick = 100;
        // A first connection may still be accepted at the old speed: the next one is slow.
        site.Pacs.GoAway();
        site.Pacs.ComeBack();

        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal(1, delivery.Attempts);
        Assert.True(Assert.Single(site.Pacs.Stored).Dataset.Length > 5000);
    }

    [Fact]
    public async Task DownForEightHours_IsNotGivenUp_AndDeliversWhenItIsBack()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.GoAway();
        var delivery = await site.World.WriteReportAsync();
        var back = site.World.Time.GetUtcNow().AddHours(8);

        while (site.World.Time.GetUtcNow() < back)
        {
            delivery = await site.AdvanceAsync(delivery);
            Assert.Equal(DeliveryState.Waiting, delivery.State);
            Assert.Contains("cannot be reached", delivery.Reason, StringComparison.Ordinal);
            site.World.Time.Advance(delivery.NextAttemptAt!.Value - site.World.Time.GetUtcNow());
        }
        site.Pacs.ComeBack();

        delivery = await site.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, delivery.State);
        Assert.InRange(delivery.Attempts, 30, site.World.Options.Delivery.MaxAttempts);
    }

    [Fact]
    public async Task DownForGood_IsParkedInTheEnd_AndARetryDeliversIt()
    {
        await using var site = await Site.CreateAsync(options => options.Delivery.MaxAttempts = 3);
        site.Pacs.GoAway();
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Parked);
        Assert.Contains("cannot be reached", delivery.Reason, StringComparison.Ordinal);

        site.Pacs.ComeBack();
        await site.RetryAsync(delivery);
        Assert.Equal(1, (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).Attempts);
    }

    [Fact]
    public async Task SuccessThenLost_TheCommitmentReportSaysSo_AndItIsSentAgain()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.Loses = true;
        var delivery = await site.AdvanceAsync(await site.World.WriteReportAsync());
        Assert.Equal(DeliveryState.Waiting, delivery.State);
        Assert.Contains("does not commit to 3 of 3 objects (Failure Reason 0112H (no such object instance))", delivery.Reason, StringComparison.Ordinal);

        site.Pacs.Loses = false;
        delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed);
        Assert.Equal(("StorageCommitment", 6), (delivery.ConfirmedBy, site.Pacs.Stored.Count));
    }

    [Fact]
    public async Task SuccessThenLost_WithoutCommitment_CFindSaysSo_AndItIsSentAgain()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.RefusedClasses.Add(SopClasses.StorageCommitmentPushModel);
        site.Pacs.Loses = true;
        var delivery = await site.AdvanceAsync(await site.World.WriteReportAsync()); // sent; no commitment here
        delivery = await site.AdvanceAsync(delivery); // asked by C-FIND
        Assert.Contains("the PACS does not find them", delivery.Reason, StringComparison.Ordinal);

        site.Pacs.Loses = false;
        delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed);
        Assert.Equal(("C-FIND", 6), (delivery.ConfirmedBy, site.Pacs.Stored.Count));
    }

    [Fact]
    public async Task CommitmentPartial_SendsOnlyWhatFailed()
    {
        await using var site = await Site.CreateAsync();
        var failed = 0;
        site.Pacs.Commits = sopClass => sopClass != Cine && Interlocked.Increment(ref failed) == 1 ? (ushort)0x0110 : (ushort)0;
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal(2, delivery.Attempts);
        Assert.Equal([Cine, Cine, SopClasses.Comprehensive3DSRStorage, SopClasses.Comprehensive3DSRStorage], site.Pacs.Stored.Select(item => item.SopClassUid));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // C-FIND has decided meanwhile; the late report changes nothing
    public async Task CommitmentOnAnotherAssociation_Confirms(bool late)
    {
        await using var listener = await CommitmentListener.StartAsync();
        await using var site = await Site.CreateAsync(patience: WithoutLinger);
        listener.Services = (site.World.Get<CommitmentStore>(), site.World.Get<Shared.Messaging.Publisher>());
        site.Pacs.ReportsAtOnce = false;
        var delivery = await site.AdvanceAsync(await site.World.WriteReportAsync());
        Assert.Equal(DeliveryState.CommitmentRequested, delivery.State);
        if (late)
            delivery = await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed);

        var transaction = Assert.Single(site.Pacs.Transactions);
        var status = await ScriptedPacs.ReportAsync(
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, listener.Port), transaction, [.. site.Pacs.Stored.Select(item => new Dicom.Ports.SopReference(item.SopClassUid, item.SopInstanceUid))], []);
        await site.World.Get<CommitmentConclusion>().DrawAsync(transaction, CancellationToken.None);

        Assert.Equal((ushort)0, status);
        delivery = await site.World.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Confirmed, late ? "C-FIND" : "StorageCommitment"), (delivery.State, delivery.ConfirmedBy));
    }

    [Fact]
    public async Task CommitmentNever_CFindDecides()
    {
        await using var site = await Site.CreateAsync(patience: WithoutLinger);
        site.Pacs.ReportsAtOnce = false;
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Confirmed);

        Assert.Equal(("C-FIND", 3), (delivery.ConfirmedBy, site.Pacs.Stored.Count));
    }

    [Fact]
    public async Task SeveralDestinations_OneSilent_HoldsUpNobody()
    {
        await using var good = ScriptedPacs.Start();
        await using var site = await Site.CreateAsync(
            options => options.Destinations.Add(new DestinationOptions { Name = "second", AeTitle = "SECOND", Host = "127.0.0.1", Port = good.Port }));
        site.Pacs.IgnoresAssociations = true; // for half a minute, by the client's time limits
        await site.World.WriteReportsAsync();
        var sweeper = site.Sweeper();

        var sweep = sweeper.RunOnceAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(async () => (await site.World.DeliveriesAsync())[1].State == DeliveryState.Confirmed, "the good PACS has everything");

        Assert.False(sweep.IsCompleted);
        site.World.Lifetime.StopApplication(); // and ends what the silent one holds up
        await sweep;
        var deliveries = await site.World.DeliveriesAsync();
        Assert.Equal([("pacs", DeliveryState.Waiting, 0), ("second", DeliveryState.Confirmed, 1)], deliveries.Select(delivery => (delivery.Destination, delivery.State, delivery.Attempts)));
    }

    [Fact]
    public async Task DestinationDown_OneTriesForAll_TheOthersKeepTheirAttempts()
    {
        await using var site = await Site.CreateAsync();
        site.Pacs.GoAway();
        foreach (var study in new[] { "one", "two", "three" })
            await site.World.WriteReportAsync(study);

        await site.Sweeper().RunOnceAsync(CancellationToken.None);

        var deliveries = await site.World.DeliveriesAsync();
        Assert.Equal([1, 0, 0], deliveries.Select(delivery => delivery.Attempts));
        site.Pacs.ComeBack();
        site.World.Time.Advance(TimeSpan.FromMinutes(1));
        await site.Sweeper().RunOnceAsync(CancellationToken.None);
        Assert.All(await site.World.DeliveriesAsync(), delivery => Assert.Equal(DeliveryState.Confirmed, delivery.State));
    }

    [Fact]
    public async Task ParkedUnconfirmed_RetryAsksByCFindAgain_WhereThereIsNoCommitment()
    {
        await using var site = await Site.CreateAsync(options => options.Delivery.MaxAttempts = 2);
        site.Pacs.RefusedClasses.UnionWith([SopClasses.StorageCommitmentPushModel, SopClasses.StudyRootQueryRetrieveInformationModelFind]);
        var delivery = await site.AdvanceUntilAsync(await site.World.WriteReportAsync(), DeliveryState.Parked);
        Assert.Contains("never confirmed", delivery.Reason, StringComparison.Ordinal);

        site.Pacs.RefusedClasses.Remove(SopClasses.StudyRootQueryRetrieveInformationModelFind);
        await site.RetryAsync(delivery);

        Assert.Equal("C-FIND", (await site.AdvanceUntilAsync(delivery, DeliveryState.Confirmed)).ConfirmedBy);
    }

    private static IEnumerable<string?> Explanations(DicomDataset report) => ReportRules.Descendants(report).Where(item => ReportRules.Name(item) == "130401")
        .Select(item => item.GetSequence(DicomTags.ReferencedSOPSequence)[0].GetString(DicomTags.ReferencedSOPInstanceUID));

    /// <summary>Inference with our own client, and a scripted PACS.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private Site(InferenceWorld world, ScriptedPacs pacs) => (World, Pacs) = (world, pacs);

        public InferenceWorld World { get; }
        public ScriptedPacs Pacs { get; }

        public static async Task<Site> CreateAsync(Action<InferenceOptions>? configure = null, DicomClientOptions? patience = null)
        {
            var pacs = ScriptedPacs.Start();
            var client = new DicomClient(
                patience ?? new DicomClientOptions { CommitmentLinger = TimeSpan.FromSeconds(20) }, // the report comes at once, or the request is refused
                TimeProvider.System);
            var world = await InferenceWorld.CreateAsync(options =>
            {
                options.Destinations[0].Port = pacs.Port;
                configure?.Invoke(options);
            }, client: client);
            return new Site(world, pacs);
        }

        /// <summary>Moves the clock to the time when it is due, and lets it go as far as it goes then.</summary>
        public async Task<DeliveryRow> AdvanceAsync(DeliveryRow delivery)
        {
            delivery = await World.ReadAsync(delivery);
            if (delivery.NextAttemptAt is { } next && next > World.Time.GetUtcNow())
                World.Time.Advance(next - World.Time.GetUtcNow());
            await World.AdvanceAsync(delivery);
            return await World.ReadAsync(delivery);
        }

        public async Task<DeliveryRow> AdvanceUntilAsync(DeliveryRow delivery, DeliveryState state)
        {
            const int enough = 100; // more than all attempts together
            for (var i = 0; i < enough && delivery.State != state; i++)
            {
                delivery = await AdvanceAsync(delivery);
                Assert.True(delivery.State == state || delivery.State is not (DeliveryState.Parked or DeliveryState.Confirmed), $"{delivery.State}: {delivery.Reason}");
            }
            return delivery;
        }

        public async Task RetryAsync(DeliveryRow delivery) =>
            Assert.True(await World.Get<Parked>().RetryAsync(ParkedKind.Delivery, delivery.Id, World.Time.GetUtcNow(), CancellationToken.None));

        public DeliverySweeper Sweeper() => World.Sweeper();

        public async Task<(string Path, DicomDataset Dataset)> ReportAsync(DeliveryRow delivery)
        {
            var item = (await World.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None)).Single(item => item.Kind == ResultKind.StructuredReport);
            var path = World.Database.Blobs.PathOf(item.FileKey);
            return (path, DicomFile.Read(path).Dataset);
        }

        public async ValueTask DisposeAsync()
        {
            await World.DisposeAsync();
            await Pacs.DisposeAsync();
        }
    }
}
