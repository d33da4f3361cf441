using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Signals;
using EchoClr.Inference.Signals.Hl7;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>Who is told what of a study, and when; and what becomes of it where the receiver misbehaves. The receiver is a socket that counts bytes.</summary>
public sealed class SignalTests
{
    private const string PatientName = "Müller";

    [Fact]
    public async Task Confirmed_IsSignalledOnce_AndTheReceiverCanFindTheReport()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        var delivery = await world.WriteReportAsync();
        await SweepAsync(world);
        Assert.Empty(receiver.Blocks); // nothing is confirmed yet

        await world.AdvanceAsync(delivery);
        await SweepAsync(world);
        await SweepAsync(world);

        var message = new Hl7Message(Assert.Single(receiver.Blocks));
        Assert.Equal(world.Pacs.Stored[^1].SopInstanceUid, message.Observations[1].Value);
        var found = (await world.Get<AnalysisStore>().ListFindingsAsync(delivery.AnalysisId, CancellationToken.None)).Single(finding => finding is { Name: "AS", InstanceId: null });
        Assert.Equal((100 * found.Probability!.Value).ToString("0.0"), message.Observed("AS-PROBABILITY").Value);
        Assert.Equal(20, message.Field("MSH", 10).Length);
        Assert.Contains("AI, unverified", message.Text, StringComparison.Ordinal);
        Assert.Equal((SignalState.Sent, 1), await OnlyAsync(world));
        var audit = await world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, CancellationToken.None);
        Assert.Single(audit, entry => entry.Message.Contains("signal: Findings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NoTarget_NothingIsRaised()
    {
        await using var world = await InferenceWorld.CreateAsync();

        await ConfirmAsync(world);

        Assert.Empty(await SignalsAsync(world));
    }

    [Fact]
    public async Task SeveralDestinations_TheFirstConfirmationCounts_OrTheOneAskedFor()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver, options =>
        {
            options.Destinations.Add(new DestinationOptions { Name = "second", AeTitle = "SECOND", Host = "127.0.0.1" });
            options.Signals.Hl7.Add(Target(receiver, "patient"));
            options.Signals.Hl7[1].Destination = "second";
        });
        var deliveries = await world.WriteReportsAsync();

        await world.AdvanceAsync(deliveries.Single(delivery => delivery.Destination == "pacs"));
        Assert.Equal(["ris"], (await SignalsAsync(world)).Select(signal => signal.Target));
        await world.AdvanceAsync(deliveries.Single(delivery => delivery.Destination == "second"));
        Assert.Equal(["ris", "patient"], (await SignalsAsync(world)).Select(signal => signal.Target));
    }

    [Fact]
    public async Task SupersedingReport_FollowsInOrder_AndReplacesWhatWasSaid()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);
        await SweepAsync(world);
        world.Time.Advance(TimeSpan.FromHours(1));

        await ConfirmAsync(world);
        await SweepAsync(world);

        Assert.Equal(2, receiver.Blocks.Count);
        var (first, second) = (new Hl7Message(receiver.Blocks.First()), new Hl7Message(receiver.Blocks.Last()));
        Assert.NotEqual(first.Field("MSH", 10), second.Field("MSH", 10));
        Assert.Equal(first.Field("OBR", 3), second.Field("OBR", 3));
        Assert.Contains("supersedes", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReceiverDownMeanwhile_HearsTheNewestWordOnly()
    {
        await using var receiver = new MllpListener { HangsUp = true };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);
        await SweepAsync(world);
        world.Time.Advance(TimeSpan.FromHours(1));

        await ConfirmAsync(world);
        receiver.HangsUp = false;
        await SweepAsync(world);

        Assert.Contains("supersedes", new Hl7Message(Assert.Single(receiver.Blocks)).Text, StringComparison.Ordinal);
        Assert.Equal([SignalState.Dropped, SignalState.Sent], (await SignalsAsync(world)).Select(signal => signal.State));
    }

    [Fact]
    public async Task InAWorkersHands_TheLaterWordWaits()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);
        var earlier = Assert.Single(await SignalsAsync(world));
        var store = world.Get<SignalStore>();
        var claimed = await store.TryClaimAsync(earlier.Id, "other", world.Time.GetUtcNow(), world.Options.Delivery.Lease, CancellationToken.None);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await ConfirmAsync(world);

        await SweepAsync(world);
        Assert.Empty(receiver.Blocks);
        await store.RecordRetryAsync(claimed!, "other", "lost", world.Time.GetUtcNow(), world.Time.GetUtcNow(), CancellationToken.None);
        await SweepAsync(world);

        Assert.Single(receiver.Blocks); // the later word; the earlier one was overtaken
        Assert.Equal([SignalState.Dropped, SignalState.Sent], (await SignalsAsync(world)).Select(signal => signal.State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NotAnalyzed_IsToldWhoAsks_WithoutAPacs(bool asks)
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver, options => options.Signals.Hl7[0].NotAnalyzed = asks, view: "A4C");

        var analysis = await world.AnalyzeAsync(await world.ReceiveAsync("one"));
        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);
        await SweepAsync(world);

        Assert.Equal(asks ? 1 : 0, receiver.Blocks.Count);
        if (!asks)
            return;
        var message = new Hl7Message(receiver.Blocks.Single());
        Assert.StartsWith("Not analysed by AI:", message.Text, StringComparison.Ordinal);
        Assert.Equal(("R", "X"), (message.Field("OBR", 25), message.Observed("AS").Status));
    }

    [Fact]
    public async Task NotAnalyzed_WithATextReport_WaitsForThePacs()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver, options =>
        {
            options.Signals.Hl7[0].NotAnalyzed = true;
            options.Destinations[0].TextReportWhenNotAnalyzed = true;
        }, view: "A4C");

        var delivery = await world.WriteReportAsync();
        Assert.Empty(await SignalsAsync(world));
        await world.AdvanceAsync(delivery);
        await SweepAsync(world);

        Assert.Equal(world.Pacs.Stored[^1].SopInstanceUid, new Hl7Message(Assert.Single(receiver.Blocks)).Observations[1].Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Withdrawn_WhoWasToldHearsSoAtOnce_WhoWasNotHearsNothing(bool told)
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        var delivery = await ConfirmAsync(world);
        if (told)
            await SweepAsync(world);
        world.Pacs.Away = "the PACS is away"; // it hears later; the receiver need not wait

        await WithdrawAsync(world, delivery);
        await SweepAsync(world);
        await SweepAsync(world);

        Assert.Equal(told ? 2 : 0, receiver.Blocks.Count);
        if (!told)
            return;
        var (said, withdrawn) = (new Hl7Message(receiver.Blocks.First()), new Hl7Message(receiver.Blocks.Last()));
        Assert.Equal(said.Observations[1].Value, withdrawn.Observations[1].Value);
        Assert.Equal(("W", ""), (withdrawn.Observed("AS-PROBABILITY").Status, withdrawn.Observed("AS-PROBABILITY").Value));
        Assert.StartsWith("WITHDRAWN.", withdrawn.Text, StringComparison.Ordinal);
        Assert.Contains("wrong patient", withdrawn.Text, StringComparison.Ordinal);
        Assert.Equal("R", withdrawn.Field("OBR", 25));

        // The PACS's confirmation of the withdrawal is no further word.
        world.Pacs.Away = null;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await Assert.Single(world.Get<IEnumerable<IHostedService>>().OfType<DeliverySweeper>()).RunOnceAsync(CancellationToken.None);
        await SweepAsync(world);
        Assert.Equal(2, receiver.Blocks.Count);
    }

    [Fact]
    public async Task Withdrawn_WhileItsSignalMayHaveArrived_IsWithdrawnThere()
    {
        await using var receiver = new MllpListener { Answers = (_, _, _) => Task.CompletedTask }; // takes it, and says nothing
        await using var world = await WorldAsync(receiver);
        var delivery = await ConfirmAsync(world);
        await SweepAsync(world);
        receiver.Answers = MllpListener.AcceptAsync;

        await WithdrawAsync(world, delivery);
        await SweepAsync(world);

        Assert.StartsWith("WITHDRAWN.", new Hl7Message(receiver.Blocks.Last()).Text, StringComparison.Ordinal);
        Assert.Equal([(SignalKind.Findings, SignalState.Dropped), (SignalKind.Withdrawal, SignalState.Sent)], (await SignalsAsync(world)).Select(signal => (signal.Kind, signal.State)));
    }

    public static TheoryData<string> BadAnswers => ["closes", "says nothing", "garbage", "another message", "http", "half", "endless", "no code"];

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task NotAcknowledged_IsSentAgain_TheSameMessageUnderTheSameId(string answer)
    {
        await using var receiver = new MllpListener();
        var silent = new SemaphoreSlim(0);
        receiver.Answers = (block, stream, ended) => answer switch
        {
            "closes" => Task.CompletedTask,
            "says nothing" => SayNothingAsync(ended),
            "garbage" => stream.WriteAsync(MllpListener.Frame($"\u0001\u0002 {PatientName}"), ended).AsTask(),
            "another message" => stream.WriteAsync(MllpListener.Acknowledgement(block, "AA", controlId: "1"), ended).AsTask(),
            "http" => stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), ended).AsTask(),
            "half" => stream.WriteAsync(MllpListener.Acknowledgement(block, "AA").AsMemory(0, 40), ended).AsTask(),
            "endless" => stream.WriteAsync(new byte[1 << 20], ended).AsTask(),
            _ => stream.WriteAsync(MllpListener.Acknowledgement(block, "ZZ"), ended).AsTask(),
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        var sweep = SweepAsync(world);
        if (answer == "says nothing")
        {
            Assert.True(await silent.WaitAsync(TimeSpan.FromMinutes(2)));
            world.Time.Advance(world.Options.Signals.Hl7[0].Timeout);
        }
        await sweep;
        var waiting = Assert.Single(await SignalsAsync(world));
        Assert.Equal((SignalState.Waiting, 1), (waiting.State, waiting.Attempts));
        Assert.NotEmpty(waiting.Reason!);
        Assert.DoesNotContain(PatientName, waiting.Reason, StringComparison.Ordinal);
        await SweepAsync(world); // not due yet
        Assert.Single(receiver.Blocks);

        receiver.Answers = MllpListener.AcceptAsync;
        world.Time.Advance(world.Options.Delivery.FirstDelay);
        await SweepAsync(world);

        Assert.Equal((SignalState.Sent, 2), await OnlyAsync(world));
        Assert.Equal(receiver.Blocks.First(), receiver.Blocks.Last()); // every byte, so the control id as well

        Task SayNothingAsync(CancellationToken ended)
        {
            silent.Release();
            return Task.Delay(Timeout.Infinite, ended);
        }
    }

    [Fact]
    public async Task AcknowledgementInPieces_BehindNoise_WithoutItsLastByte_Counts()
    {
        await using var receiver = new MllpListener();
        receiver.Answers = async (block, stream, ended) =>
        {
            foreach (var piece in (byte[])[0x0D, .. "noise"u8, .. MllpListener.Acknowledgement(block, "AA")[..^1]])
            {
                await stream.WriteAsync((byte[])[piece], ended);
                await stream.FlushAsync(ended);
            }
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        await SweepAsync(world);

        Assert.Equal((SignalState.Sent, 1), await OnlyAsync(world));
    }

    [Theory]
    [InlineData("AE", "", 8)] // refused for what it says: a few times, then a person
    [InlineData("AR", "|||||200", 8)] // a message of a kind that is not taken
    [InlineData("AR", "|||||207", 60)] // not now: as long as a receiver that is down
    [InlineData("CE", "", 8)]
    public async Task Refused_IsParked_ListedAndTriedAgainByAPerson(string code, string more, int attempts)
    {
        await using var receiver = new MllpListener { Answers = (block, stream, ended) => stream.WriteAsync(MllpListener.Acknowledgement(block, code, more.Replace("|||||", $"|{PatientName} is unknown|||", StringComparison.Ordinal)), ended).AsTask() };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            Assert.Equal(SignalState.Waiting, (await OnlyAsync(world)).State);
            await SweepAsync(world);
            world.Time.Advance(world.Options.Delivery.MaxDelay);
        }

        Assert.Equal((SignalState.Parked, attempts), await OnlyAsync(world));
        var item = Assert.Single(await world.Get<Parked>().ListAsync(CancellationToken.None));
        Assert.Equal((ParkedKind.Signal, "ris", Rows.Uid("study one")), (item.Kind, item.Destination, item.StudyInstanceUid));
        Assert.Contains($"answered {code}", item.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(PatientName, item.Reason, StringComparison.Ordinal);
        Assert.Single(receiver.Blocks.Select(MllpListener.ControlId).Distinct());

        receiver.Answers = MllpListener.AcceptAsync;
        Assert.True(await world.Get<Parked>().RetryAsync(item.Kind, item.Id, world.Time.GetUtcNow(), CancellationToken.None));
        await SweepAsync(world);
        Assert.Equal(SignalState.Sent, (await OnlyAsync(world)).State);
    }

    [Fact]
    public async Task NobodyThere_OneTriesForAll_AndLaterAllArrive()
    {
        var port = RunningTool.FreePort();
        await using var nobody = new MllpListener();
        await using var world = await WorldAsync(nobody, options => options.Signals.Hl7[0].Port = port);
        await ConfirmAsync(world, "one");
        await ConfirmAsync(world, "two");

        await SweepAsync(world);

        var signals = await SignalsAsync(world);
        Assert.Equal([1, 0], signals.Select(signal => signal.Attempts));
        Assert.Contains("cannot be reached", signals[0].Reason, StringComparison.Ordinal);
        world.Options.Signals.Hl7[0].Port = nobody.Port;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await SweepAsync(world);
        Assert.Equal([SignalState.Sent, SignalState.Sent], (await SignalsAsync(world)).Select(signal => signal.State));
    }

    [Fact]
    public async Task Shutdown_GivesItBack_AndTheNextLifeSendsItUnderTheSameId()
    {
        await using var receiver = new MllpListener();
        var arrived = new SemaphoreSlim(0);
        receiver.Answers = (_, _, ended) =>
        {
            arrived.Release();
            return Task.Delay(Timeout.Infinite, ended);
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);
        var sweep = SweepAsync(world);
        Assert.True(await arrived.WaitAsync(TimeSpan.FromMinutes(2)));

        world.Lifetime.StopApplication();
        await sweep;
        Assert.Equal((SignalState.Waiting, 0), await OnlyAsync(world));
        world.Lifetime.StartAgain();
        receiver.Answers = MllpListener.AcceptAsync;
        await SweepAsync(world);

        Assert.Equal((SignalState.Sent, 1), await OnlyAsync(world));
        Assert.Equal(receiver.Blocks.First(), receiver.Blocks.Last());
    }

    [Fact]
    public async Task DiedAfterTheAcknowledgement_AnotherWorkerSendsItOnceMore_AndTheReceiverCanTell()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);
        var signal = Assert.Single(await SignalsAsync(world));
        var store = world.Get<SignalStore>();
        var claimed = await store.TryClaimAsync(signal.Id, "dead", world.Time.GetUtcNow(), world.Options.Delivery.Lease, CancellationToken.None);
        var target = world.Get<SignalTargets>().Find("ris")!;
        Assert.Null(await target.SendAsync(await world.Get<SignalReader>().ReadAsync(claimed!, target.Options, CancellationToken.None), CancellationToken.None));
        // it dies here
        await SweepAsync(world);
        Assert.Single(receiver.Blocks); // still in its hands

        world.Time.Advance(world.Options.Delivery.Lease);
        await SweepAsync(world);

        Assert.Equal(2, receiver.Blocks.Count);
        Assert.Equal(receiver.Blocks.First(), receiver.Blocks.Last());
        Assert.Equal(SignalState.Sent, (await OnlyAsync(world)).State);
    }

    [Fact]
    public async Task TargetGoneFromTheSettings_IsParked()
    {
        await using var receiver = new MllpListener();
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        receiver.HangsUp = true;
        world.Options.Signals.Hl7[0].Name = "renamed";
        await SweepAsync(world);

        Assert.Contains("no longer in the settings", Assert.Single(await world.Get<Parked>().ListAsync(CancellationToken.None)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OverTls_OnlyToACertificateThatIsTrusted(bool trusted)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority("Other");
        await using var receiver = new MllpListener(authority.Issue("ris"));
        await using var world = await WorldAsync(receiver, options => options.Signals.Hl7[0].Tls = new TlsFiles { TrustFile = (trusted ? authority : other).TrustFile });
        await ConfirmAsync(world);

        await SweepAsync(world);

        Assert.Equal(trusted ? SignalState.Sent : SignalState.Waiting, (await OnlyAsync(world)).State);
        Assert.Equal(trusted ? 1 : 0, receiver.Blocks.Count);
    }

    [Fact]
    public void Settings_ThatCannotWork_AreRefusedWithTheirKey()
    {
        Assert.Contains("AllowedHosts", Refusal(options => options.Signals.Hl7.Add(new Hl7TargetOptions { Name = "ris", Host = "ris.hospital.example" })), StringComparison.Ordinal);
        Assert.Contains("Webhooks:Url", Refusal(options =>
        {
            options.Signals.AllowedHosts.Add("hook.hospital.example");
            options.Signals.Webhooks.Add(new WebhookOptions { Name = "hook", Url = "http://hook.hospital.example/", SecretFile = "secret" });
        }), StringComparison.Ordinal);
        Assert.Contains("no destination", Refusal(options =>
        {
            options.Signals.AllowedHosts.Add("RIS");
            options.Signals.Hl7.Add(new Hl7TargetOptions { Name = "ris", Host = "ris", Destination = "nowhere" });
        }), StringComparison.Ordinal);
        Assert.Contains("AlertPercent", Refusal(options =>
        {
            options.Signals.AllowedHosts.Add("ris");
            options.Signals.Hl7.Add(new Hl7TargetOptions { Name = "ris", Host = "ris", AlertPercent = { AS = 101 } });
        }), StringComparison.Ordinal);

        static string Refusal(Action<InferenceOptions> set)
        {
            var options = new InferenceOptions();
            set(options);
            return Assert.Throws<ArgumentException>(options.Validate).Message;
        }
    }

    private static Task<InferenceWorld> WorldAsync(MllpListener receiver, Action<InferenceOptions>? configure = null, string view = "PLAX") => InferenceWorld.CreateAsync(options =>
    {
        options.Signals.AllowedHosts.Add("127.0.0.1");
        options.Signals.Hl7.Add(Target(receiver, "ris"));
        configure?.Invoke(options);
    }, folder => TestModels.Write(folder, view));

    private static Hl7TargetOptions Target(MllpListener receiver, string name) => new() { Name = name, Host = "127.0.0.1", Port = receiver.Port, AlertPercent = { AS = 75 } };

    /// <summary>Received, analysed, written, sent, and confirmed by the PACS.</summary>
    private static async Task<DeliveryRow> ConfirmAsync(InferenceWorld world, string study = "one")
    {
        var delivery = await world.WriteReportAsync(study);
        await world.AdvanceAsync(delivery);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, delivery.State);
        return delivery;
    }

    private static async Task WithdrawAsync(InferenceWorld world, DeliveryRow delivery) => Assert.True(await world.Get<WithdrawalStore>().WithdrawAsync(
        (await world.Get<AnalysisStore>().FindAsync(delivery.AnalysisId, CancellationToken.None))!, "admin", "wrong patient", null, "1.2", world.Time.GetUtcNow(), CancellationToken.None));

    private static Task<int> SweepAsync(InferenceWorld world) => Assert.Single(world.Get<IEnumerable<IHostedService>>().OfType<SignalSweeper>()).RunOnceAsync(CancellationToken.None);

    private static async Task<(SignalState State, int Attempts)> OnlyAsync(InferenceWorld world) => Assert.Single(await SignalsAsync(world)) is var signal ? (signal.State, signal.Attempts) : default;

    private static async Task<IReadOnlyList<SignalRow>> SignalsAsync(InferenceWorld world)
    {
        var ids = await world.Database.Database.ReadAsync(session => session.QueryAsync<long>("SELECT id FROM signal ORDER BY id"), CancellationToken.None);
        return [.. await Task.WhenAll(ids.Select(async id => (await world.Get<SignalStore>().FindAsync(id, CancellationToken.None))!))];
    }
}
