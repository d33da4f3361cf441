using System.CommandLine;
using System.Globalization;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench fuzz</c>: the long suite's fuzzing (<c>tests/Fuzz</c>) for longer, or from other seeds.</summary>
internal static class FuzzBenchmark
{
    public static Command Create(Terminal terminal)
    {
        var minutes = new Option<double>("--minutes") { Description = "For each target", DefaultValueFactory = _ => 10 };
        var seed = new Option<int>("--seed") { Description = "Other seeds draw other mutations", DefaultValueFactory = _ => 1 };
        var target = new Option<string?>("--target") { Description = "Only this one, as dataset-explicit, file, pdu, association, client, safetensors, manifest, codec or codec-sanitized", HelpName = "NAME" };
        var command = new Command("fuzz", "Feeds every reader of strangers' bytes with damaged ones; a finding's input is kept in artifacts/fuzz") { minutes, seed, target };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var environment = new Dictionary<string, string>
            {
                ["ECHOCLR_FUZZ_MINUTES"] = parse.GetValue(minutes).ToString(CultureInfo.InvariantCulture),
                ["ECHOCLR_FUZZ_SEED"] = parse.GetValue(seed).ToString(CultureInfo.InvariantCulture),
                ["ECHOCLR_FUZZ_TARGET"] = parse.GetValue(target) ?? "",
            };
            var code = await TestProgram.RunAsync("Fuzz", ["-method", "*Mutations_ForAMinute*", "-showLiveOutput", "-noColor", "-noLogo"], environment, cancellationToken);
            if (code != 0)
                terminal.Note("echoclr: something was found; what and where its input is stands above");
            return code;
        });
        return command;
    }
}
