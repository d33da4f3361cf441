namespace EchoClr.App.Tests;

public sealed class TerminalTests
{
    [Fact]
    public void Line_ControlCharactersOfAPeer_DoNotReachTheTerminal()
    {
        using var output = new StringWriter();
        new Terminal(output, TextWriter.Null, interactive: true).Line("Doe^\u001b[2JJane\u009b1m");
        Assert.Equal("Doe^?[2JJane?1m", output.ToString().TrimEnd('\n'));
    }

    [Fact]
    public void Table_ColumnsAreAsWideAsTheirWidestCell()
    {
        using var output = new StringWriter();
        new Terminal(output, TextWriter.Null, interactive: false).Table(["id", "name"], [["1", "a"], ["1000", "b"]]);
        Assert.Equal("id    name\n----  ----\n1     a\n1000  b\n", output.ToString());
    }

    [Fact]
    public async Task RunAsync_NothingToTest_ExitsWithAnErrorInOneSentence()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, await CommandLine.RunAsync(["test", "--project", "None.Tests"], new Terminal(output, error, interactive: false)));
        Assert.Equal("0 passed, 0 failed, 0 skipped", output.ToString().TrimEnd('\n'));
        Assert.Equal("echoclr: no test ran; loosen --filter or --project", error.ToString().TrimEnd('\n'));
    }
}
