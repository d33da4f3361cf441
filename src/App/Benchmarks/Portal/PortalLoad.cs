using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using EchoClr.App.Configuration;
using EchoClr.App.Demo;
using EchoClr.App.Hosting;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Benchmarks.Portal;

/// <summary>A portal over a generated database, and readers of it. Client and server share the machine, so the figures are upper bounds.</summary>
internal sealed partial class PortalLoad : IAsyncDisposable
{
    /// <summary>The filters that are measured: the first page as it opens, what readers choose, and the least selective texts.</summary>
    private static readonly (string What, string Address)[] Filters =
    [
        ("first page, most urgent first", "/"), ("newest first", "/?sort=time"), ("severe AS present", "/?finding=as"), ("AS: model abstained", "/?finding=as-abstained"), ("needs a person", "/?state=person"),
        ("one sender, 7 days", "/?sender=CART7&days=7"), ("family name", "/?q=Family1234"), ("given name", "/?q=Given123"), ("a text that one in six has", "/?q=Family1"), ("a text that nobody has", "/?q=zzz"),
    ];

    private const int Repeats = 20, MaxPages = 200;
    private static readonly TimeSpan ReaderPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ArrivalPause = TimeSpan.FromMilliseconds(500);

    private readonly IHost _host;
    private readonly HttpClient _browser;
    private readonly Database _database;
    private readonly (ModelRow Model, ModelRow ViewModel) _models;
    private int _studies;

    private PortalLoad(IHost host, HttpClient browser, Database database, (ModelRow, ModelRow) models, int studies, TimeSpan indexTime) =>
        (_host, _browser, _database, _models, _studies, IndexTime) = (host, browser, database, models, studies, indexTime);

    /// <summary>How long the worklist's index of all studies took: once, at the first start on an old database.</summary>
    public TimeSpan IndexTime { get; }

    public static async Task<PortalLoad> StartAsync(string folder, int studies, Terminal terminal, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var port = LoopbackPorts.Free(1)[0];
        var configuration = GlobalOptions.Load(null, folder, [$"Portal:Url=http://127.0.0.1:{port}"]);
        var host = await EchoClrHost.BuildAsync(configuration, Roles.Portal, _ => { }, cancellationToken);
        var (database, store, now) = (host.Services.GetRequiredService<Database>(), host.Services.GetRequiredService<ModelStore>(), TimeProvider.System.GetUtcNow());
        var model = await store.ImportAsync(new NewModel("as-lvh", "bench", "1", new string('a', 64), "{}", folder, true), now, cancellationToken);
        var viewModel = await store.ImportAsync(new NewModel("view-gate", "bench", "1", new string('b', 64), "{}", folder, true), now, cancellationToken);
        terminal.Note($"writing {studies:N0} studies");
        await PortalStudies.WriteAsync(database, 1, studies, model, viewModel, cancellationToken);
        terminal.Note("building the worklist's index");
        var watch = Stopwatch.StartNew();
        while (await host.Services.GetRequiredService<WorklistSearch>().CatchUpAsync(cancellationToken) > 0)
            cancellationToken.ThrowIfCancellationRequested();
        var indexTime = watch.Elapsed;
        await host.StartAsync(cancellationToken);

        var reader = await new UserStore(database).SaveAsync("bench", PortalRoles.Reader, AuditParticipant.Operator(), now, cancellationToken);
        var token = await new ApiTokenStore(database).CreateAsync("bench", reader.Id, PortalRoles.Reader, null, AuditParticipant.Operator(), now, cancellationToken);
        var browser = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new PortalLoad(host, browser, database, (model, viewModel), studies, indexTime);
    }

    /// <summary>Each filter alone, again and again.</summary>
    public async Task<IReadOnlyList<PortalTimes>> FilterAsync(CancellationToken cancellationToken)
    {
        await LookAsync("/sign-in", cancellationToken); // the program's own first page is compiled now
        var times = new List<PortalTimes>();
        foreach (var (what, address) in Filters)
        {
            await LookAsync(address, cancellationToken); // its look is recorded, its query prepared
            var (answers, before) = (new List<(TimeSpan, long)>(), Cpu());
            for (var i = 0; i < Repeats; i++)
                answers.Add((await LookAsync(address, cancellationToken)).Answer);
            times.Add(PortalTimes.Of(what, answers, Cpu() - before));
        }
        return times;
    }

    /// <summary>One reader who goes on to the next page for ever, at most some.</summary>
    public async Task<PortalTimes> PageAsync(CancellationToken cancellationToken)
    {
        var answers = new List<(TimeSpan, long)>();
        var before = Cpu();
        await foreach (var answer in PagesAsync(cancellationToken).Take(MaxPages))
            answers.Add(answer);
        return PortalTimes.Of("paging on and on, each page a look in the audit trail", answers, Cpu() - before);
    }

    /// <summary>Readers with the worklist open, one who pages, and studies that arrive.</summary>
    public async Task<PortalTimes> ReadAsync(int readers, TimeSpan length, CancellationToken cancellationToken)
    {
        var (answers, before) = (new ConcurrentBag<(TimeSpan, long)>(), Cpu());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(length);
        var reading = Enumerable.Range(0, readers).Select(async reader =>
        {
            await Task.Delay(ReaderPause * reader / readers, ended.Token);
            while (true)
            {
                answers.Add((await LookAsync("/", ended.Token)).Answer);
                await Task.Delay(ReaderPause, ended.Token);
            }
        });
        await Task.WhenAll([.. reading.Select(UntilEndedAsync), UntilEndedAsync(PageOnAsync()), UntilEndedAsync(ArriveAsync())]);
        return PortalTimes.Of($"{readers} readers, one paging, studies arriving", answers, Cpu() - before);

        async Task PageOnAsync()
        {
            while (true)
            {
                await foreach (var answer in PagesAsync(ended.Token))
                    answers.Add(answer);
            }
        }

        async Task ArriveAsync()
        {
            while (true)
            {
                _studies++;
                await PortalStudies.WriteAsync(_database, _studies, _studies, _models.Model, _models.ViewModel, ended.Token);
                await Task.Delay(ArrivalPause, ended.Token);
            }
        }

        static async Task UntilEndedAsync(Task task)
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    private static TimeSpan Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    private async IAsyncEnumerable<(TimeSpan, long)> PagesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = "/?sort=time";
        while (address is not null)
        {
            var (answer, page) = await LookAsync(address, cancellationToken);
            yield return answer;
            address = Next().Match(page) is { Success: true } next ? WebUtility.HtmlDecode(next.Groups[1].Value) : null;
        }
    }

    private async Task<((TimeSpan, long) Answer, string Page)> LookAsync(string address, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var bytes = await _browser.GetByteArrayAsync(address, cancellationToken);
        return ((watch.Elapsed, bytes.Length), System.Text.Encoding.UTF8.GetString(bytes));
    }

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"")]
    private static partial Regex Next();
}
