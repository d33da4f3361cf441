using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>withdraw</c> and <c>destinations</c> as an administrator types them: rows that a running system picks up.</summary>
public sealed class DecisionCommandTests : IAsyncLifetime
{
    private TestDatabase _test = null!;
    private AnalysisRow _analysis = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestDatabase.CreateAsync();
        var version = await _test.CompleteStudyAsync("s");
        var recorded = await new AnalysisStore(_test.Database).RecordAsync(Rows.Analysis(version, await _test.PromoteModelsAsync()), default);
        _analysis = (await new AnalysisStore(_test.Database).FindAsync(recorded.AnalysisId, default))!;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "113001")]
    [InlineData("quality", "113001")]
    [InlineData("patient-safety", "113037")]
    public async Task Withdraw_ByStudy_WritesWhoAndWhy_AndWhatItLeadsToIsShown(string? note, string? code)
    {
        await ReportAsync();
        string[] arguments = ["withdraw", _analysis.StudyInstanceUid, "--reason", "wrong patient", "--by", "Anna"];
        if (note is not null)
            arguments = [.. arguments, "--rejection-note", .. note.Length > 0 ? (string[])[note] : []];

        var (exitCode, output, error) = await RunAsync(arguments);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("nobody, for nothing was sent", output, StringComparison.Ordinal);
        var row = (await new WithdrawalStore(_test.Database).FindAsync(_analysis.Id, default))!;
        Assert.Equal(("Anna", "wrong patient", code), (row.WithdrawnBy, row.Reason, row.RejectionCode));
        Assert.Contains("Withdrawn: wrong patient (Anna)", (await RunAsync("worklist")).Output, StringComparison.Ordinal);
        var study = (await RunAsync("study", _analysis.StudyInstanceUid)).Output;
        Assert.Contains("Report withdrawn by Anna (wrong patient)", study, StringComparison.Ordinal);
        Assert.DoesNotContain("81.0 %", study, StringComparison.Ordinal); // the finding of the withdrawn report
        Assert.Contains("is withdrawn already", (await RunAsync(arguments)).Error, StringComparison.Ordinal);
        Assert.Contains(await new AuditTrail(_test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 100, default), entry => entry.Message.Contains("report withdrawn: wrong patient", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Withdraw_ByTheReportsUid_IsTheSame()
    {
        await ReportAsync();
        Assert.Equal(0, (await RunAsync("withdraw", Rows.Result(ResultKind.StructuredReport, "sr").SopInstanceUid, "--reason", "wrong patient")).ExitCode);
        Assert.Equal(Environment.UserName, (await new WithdrawalStore(_test.Database).FindAsync(_analysis.Id, default))!.WithdrawnBy);
    }

    [Fact]
    public async Task Withdraw_WhatCannotBeWithdrawn_SaysWhy()
    {
        Assert.Contains("has no report to withdraw", (await RunAsync("withdraw", _analysis.StudyInstanceUid, "--reason", "x")).Error, StringComparison.Ordinal);
        Assert.Contains("there is no study 1.2.3 here", (await RunAsync("withdraw", "1.2.3", "--reason", "x")).Error, StringComparison.Ordinal);
        await ReportAsync();
        Assert.Contains("needs a reason", (await RunAsync("withdraw", _analysis.StudyInstanceUid, "--reason", " ")).Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RunAsync("withdraw", _analysis.StudyInstanceUid)).ExitCode);
        Assert.Null(await new WithdrawalStore(_test.Database).FindAsync(_analysis.Id, default));
    }

    [Fact]
    public async Task Withdraw_AReportThatALaterOneSuperseded_IsRefused()
    {
        await ReportAsync();
        await _test.ReceiveAsync(Rows.Instance("s", "late", association: Rows.Association("late")), Rows.Association("late"));
        await _test.EndAsync(Rows.Association("late"), Rows.Noon.AddHours(1));
        var version = await _test.CompleteAsync("s", Rows.Noon.AddHours(2));
        await new AnalysisStore(_test.Database).RecordAsync(Rows.Analysis(version, await _test.PromoteModelsAsync()), default);

        Assert.Contains("a later report of the study has superseded it", (await RunAsync("withdraw", Rows.Result(ResultKind.StructuredReport, "sr").SopInstanceUid, "--reason", "x")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destinations_HeldAndReleased_WithReasonAndName()
    {
        await ReportAsync();
        Assert.Contains("there is no destination elsewhere", (await RunAsync("destinations", "hold", "elsewhere", "--reason", "x")).Error, StringComparison.Ordinal);
        Assert.Contains("pacs is not held", (await RunAsync("destinations", "release", "pacs")).Error, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("destinations", "hold", "pacs", "--reason", "it is being moved", "--by", "Anna")).ExitCode);
        Assert.Contains("held already", (await RunAsync("destinations", "hold", "pacs", "--reason", "x")).Error, StringComparison.Ordinal);
        var list = (await RunAsync("destinations", "list")).Output;
        Assert.Contains("PACS@127.0.0.1:104", list, StringComparison.Ordinal);
        Assert.Contains("held by Anna since", list, StringComparison.Ordinal);
        Assert.Contains("it is being moved", list, StringComparison.Ordinal);
        Assert.Contains("\"held\": 1", (await RunAsync("destinations", "list", "--json")).Output, StringComparison.Ordinal);

        Assert.Contains("1 result goes out", (await RunAsync("destinations", "release", "pacs")).Output, StringComparison.Ordinal);
        Assert.Contains("\"state\": \"on\"", (await RunAsync("destinations", "list", "--json")).Output, StringComparison.Ordinal);
    }

    /// <summary>A report that waits for its PACS.</summary>
    private async Task ReportAsync()
    {
        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await new DeliveryStore(_test.Database).RecordReportAsync(_analysis, [report], [new NewDelivery("pacs", false, [report.SopInstanceUid])], Rows.Noon, default);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] settings = ["--set", "Inference:Destinations:0:Name=pacs", "--set", "Inference:Destinations:0:AeTitle=PACS", "--set", "Inference:Destinations:0:Host=127.0.0.1"];
        var exitCode = await CommandLine.RunAsync([.. arguments, "--data", _test.Options.Directory, .. settings], new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
