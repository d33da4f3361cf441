using System.Xml.Linq;
using EchoClr.App.Commands;
using EchoClr.App.Testing;

namespace EchoClr.App.Tests;

public sealed class TestRunTests
{
    private static readonly XDocument Report = XDocument.Parse("""
        <assemblies><assembly><errors><error type="test-collection-cleanup" name="Broker"><failure><message>still held
        more</message></failure></error></errors><collection>
          <test name="A.B.One" result="Pass" /><test name="A.B.Two" result="Pass" />
          <test name="A.B.Three" result="Fail"><failure><message>expected 1
        got 2</message></failure></test>
          <test name="A.B.Four" result="Skip"><reason>no SQL Server here</reason></test>
        </collection></assembly></assemblies>
        """);

    [Fact]
    public void Read_Report_CountsEveryOutcomeAndCleanUpErrors()
    {
        var run = TestRun.Read("A", Report, TimeSpan.FromSeconds(1));
        Assert.Equal(2, run.Passed);
        Assert.Equal(["A.B.Three: expected 1", "test-collection-cleanup Broker: still held"], run.Failures);
        Assert.Equal(["no SQL Server here"], run.SkipReasons);
    }

    [Fact]
    public void Summarize_FailureOrNothingRun_IsNotSuccess()
    {
        Assert.Equal((1, "2 passed, 2 failed, 1 skipped"), Summarize(TestRun.Read("A", Report, default)));
        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), Summarize(new TestRun("A", 0, [], [], default, "crashed")));
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), Summarize());
        Assert.Equal((0, "1 passed, 0 failed, 0 skipped"), Summarize(new TestRun("A", 1, [], [], default, null)));
    }

    private static (int ExitCode, string LastLine) Summarize(params TestRun[] runs)
    {
        using var output = new StringWriter();
        var code = TestCommand.Summarize(new Terminal(output, TextWriter.Null, interactive: false), runs);
        return (code, output.ToString().TrimEnd().Split('\n')[^1]);
    }
}
