using EchoClr.App;
using EchoClr.App.Configuration;
using EchoClr.App.RealFiles;
using EchoClr.Inference;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;

namespace EchoClr.EndToEnd;

/// <summary>One run of the real files through a listener that goes on running, for all tests of them; without the files there is none.</summary>
public sealed class RealFilesRunFixture : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private RealFilesListener? listener;
    private RealFilesRun? run;

    /// <summary>Holds the store and nothing else.</summary>
    public string Folder => folder.Path;

    internal Terminal Terminal { get; } = new(TextWriter.Null, TextWriter.Null, interactive: false);

    internal RealFilesListener Listener => Require(listener);

    internal RealFilesRun Run => Require(run);

    public async ValueTask InitializeAsync()
    {
        if (RealData.Root is null)
            return;
        var cancel = TestContext.Current.CancellationToken;
        var data = Path.Combine(folder.Path, "data");
        var options = GlobalOptions.Load(null, data, []).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>()!;
        listener = await RealFilesListener.StartAsync(data, cancel);
        run = await RealFilesRun.MakeAsync(Terminal, RealFile.List(RealData.Root), listener, options, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (listener is not null)
            await listener.DisposeAsync();
        folder.Dispose();
    }

    private static T Require<T>(T? made) where T : class
    {
        RealData.RequireRoot();
        return made!;
    }
}
