using EchoClr.Dicom;

namespace EchoClr.Fuzz;

/// <summary>Every reader of strangers' bytes, fed with damaged ones. A finding's input is kept; mended, it joins the corpus.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    public static TheoryData<string> Targets => [.. Make.Keys];

    private static Dictionary<string, Func<FuzzTarget>> Make { get; } = new()
    {
        ["dataset-explicit"] = () => new DatasetTarget(TransferSyntax.ExplicitVRLittleEndian),
        ["dataset-implicit"] = () => new DatasetTarget(TransferSyntax.ImplicitVRLittleEndian),
        ["file"] = () => new FileTarget(),
        ["pdu"] = () => new PduTarget(),
        ["association"] = () => new AssociationTarget(),
        ["client"] = () => new ClientTarget(),
        ["safetensors"] = () => new SafeTensorsTarget(),
        ["manifest"] = () => new ManifestTarget(),
        ["codec"] = () => new CodecTarget(),
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void Corpus_OfInputsThatOnceFailed_DoesNotFailAgain(string name)
    {
        using var target = Make[name]();
        var run = new FuzzRun(target, seed: 0);
        foreach (var input in Corpus.Of(name))
            AssertNothing(run.Try(input));
        AssertNothing(run.Run(executions: name == "codec" ? 50 : 500)); // seeds first, then a few mutations
    }

    /// <summary>A minute a target; <c>./echoclr bench fuzz --minutes N</c> asks for more by the environment.</summary>
    [Theory]
    [MemberData(nameof(Targets))]
    [Trait("Suite", "long")]
    public void Mutations_ForAMinute_FindNothing(string name)
    {
        SkipUnlessAsked(name);
        using var target = Make[name]();
        RunForAMinute(name, target);
        AssertNoGrowth();
    }

    /// <summary>The native decoders once more, where reading beyond a buffer does not go unseen: <c>./echoclr bench fuzz --target codec-sanitized</c>.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public void Mutations_ForAMinuteUnderSanitizers_FindNothing()
    {
        const string Name = "codec-sanitized";
        SkipUnlessAsked(Name);
        using var target = new SanitizedCodecTarget();
        RunForAMinute(Name, target);
    }

    /// <summary>Each would be searched among its predecessors by a careless reader: for minutes.</summary>
    [Fact]
    public void Dataset_OfManyRepeatedElements_IsReadInTheTimeOfAnyOther()
    {
        using var target = new DatasetTarget(TransferSyntax.ImplicitVRLittleEndian);
        byte[] element = [0x28, 0x00, 0x06, 0x01, 2, 0, 0, 0, 1, 0];
        AssertNothing(new FuzzRun(target, seed: 0).Try([.. Enumerable.Repeat(element, 200_000).SelectMany(bytes => bytes)]));
    }

    private static void SkipUnlessAsked(string name) => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("ECHOCLR_FUZZ_TARGET") is null or "" || Environment.GetEnvironmentVariable("ECHOCLR_FUZZ_TARGET") == name, "another target was asked for");

    private void RunForAMinute(string name, FuzzTarget target)
    {
        var minutes = double.Parse(Environment.GetEnvironmentVariable("ECHOCLR_FUZZ_MINUTES") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("ECHOCLR_FUZZ_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var run = new FuzzRun(target, seed);
        var finding = run.Run(TimeSpan.FromMinutes(minutes));
        output.WriteLine($"{name}: {run.Executions} inputs in {minutes} min, seed {seed}{(target is CodecTarget codec ? $", {codec.Crashes} of them ended the worker" : "")}");
        AssertNothing(finding);
    }

    private static void AssertNothing(Finding? finding)
    {
        if (finding is not null)
            Assert.Fail($"{finding}; the input is {Corpus.Keep(finding)}");
    }

    // What the readers keep for good would show here: a minute is some hundred thousand inputs.
    private static void AssertNoGrowth()
    {
        const long MaxKept = 256L << 20; // seeds of every target so far, dictionaries, the runner
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true), 0, MaxKept);
    }
}
