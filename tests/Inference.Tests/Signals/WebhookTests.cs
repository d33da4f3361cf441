using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Signals;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>The webhook against a web server over TLS.</summary>
public sealed class WebhookTests : IDisposable
{
    private const string Secret = "0123456789 0123456789 0123456789";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Confirmed_IsPosted_SignedAndUnderItsId()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        await using var world = await WorldAsync(receiver);

        await ConfirmAsync(world);
        await SweepAsync(world);

        var (path, headers, body) = Assert.Single(receiver.Requests);
        Assert.Equal("/fhir", path);
        Assert.Equal("application/fhir+json; charset=utf-8", headers.ContentType);
        Assert.Equal(20, headers["Idempotency-Key"].ToString().Length);
        var now = world.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal($"t={now},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.UTF8.GetBytes($"{now}."), .. body]))}", headers["EchoClr-Signature"]);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("transaction", json.RootElement.GetProperty("type").GetString());
        Assert.Equal(SignalState.Sent, (await OnlyAsync(world)).State);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task NotNow_IsTriedAgain_NotBeforeItWasAskedFor_UnderTheSameId(int status)
    {
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        receiver.Answers = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "120";
            return Task.CompletedTask;
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world, "one");
        await ConfirmAsync(world, "two");

        await SweepAsync(world);
        world.Time.Advance(TimeSpan.FromSeconds(119));
        var asked = receiver.Requests.Count;
        await SweepAsync(world);
        Assert.Equal(asked, receiver.Requests.Count); // of neither study
        receiver.Answers = _ => Task.CompletedTask;
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await SweepAsync(world);

        Assert.Equal([SignalState.Sent, SignalState.Sent], (await SignalsAsync(world)).Select(signal => signal.State));
        Assert.Equal(2, receiver.Requests.Select(request => request.Headers["Idempotency-Key"].ToString()).Distinct().Count());
        Assert.Equal(2, receiver.Requests.Select(request => Convert.ToHexString(request.Body)).Distinct().Count());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task Refused_IsParkedAtOnce(int status)
    {
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        receiver.Answers = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("Müller is unknown here");
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        await SweepAsync(world);

        var signal = await OnlyAsync(world);
        Assert.Equal((SignalState.Parked, $"answered {status}"), (signal.State, signal.Reason));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirected_IsNotFollowed(int status)
    {
        await using var elsewhere = await WebhookReceiver.StartAsync(_authority.Issue("elsewhere"));
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        receiver.Answers = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = elsewhere.Address.AbsoluteUri;
            return Task.CompletedTask;
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        await SweepAsync(world);

        Assert.Empty(elsewhere.Requests);
        Assert.Equal(SignalState.Parked, (await OnlyAsync(world)).State);
    }

    [Fact]
    public async Task Silent_EndsWithItsTime_AndIsTriedAgain()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        var asked = new SemaphoreSlim(0);
        receiver.Answers = async context =>
        {
            asked.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        var sweep = SweepAsync(world);
        Assert.True(await asked.WaitAsync(TimeSpan.FromMinutes(2)));
        world.Time.Advance(world.Options.Signals.Webhooks[0].Timeout);
        await sweep;

        var signal = await OnlyAsync(world);
        Assert.Equal((SignalState.Waiting, 1), (signal.State, signal.Attempts));
        Assert.Contains("did not answer within 30 s", signal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateOfSomebodyElse_NothingIsPosted()
    {
        using var other = new TestAuthority("Other");
        await using var receiver = await WebhookReceiver.StartAsync(other.Issue("hook"));
        await using var world = await WorldAsync(receiver);
        await ConfirmAsync(world);

        await SweepAsync(world);

        Assert.Empty(receiver.Requests);
        Assert.Contains("TLS", (await OnlyAsync(world)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretTooShort_NothingIsPosted()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_authority.Issue("hook"));
        await using var world = await WorldAsync(receiver, secret: "short");
        await ConfirmAsync(world);

        await SweepAsync(world);

        Assert.Empty(receiver.Requests);
        Assert.Contains("SecretFile", (await OnlyAsync(world)).Reason, StringComparison.Ordinal);
    }

    private async Task<InferenceWorld> WorldAsync(WebhookReceiver receiver, string secret = Secret)
    {
        var file = Path.Combine(_authority.Folder, "secret");
        await File.WriteAllTextAsync(file, secret + "\n");
        return await InferenceWorld.CreateAsync(options =>
        {
            options.Signals.AllowedHosts.Add("localhost");
            options.Signals.Webhooks.Add(new WebhookOptions { Name = "hook", Url = receiver.Address.AbsoluteUri, SecretFile = file, Tls = new TlsFiles { TrustFile = _authority.TrustFile } });
        });
    }

    private static async Task ConfirmAsync(InferenceWorld world, string study = "one")
    {
        var delivery = await world.WriteReportAsync(study);
        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    private static Task<int> SweepAsync(InferenceWorld world) => Assert.Single(world.Get<IEnumerable<IHostedService>>().OfType<SignalSweeper>()).RunOnceAsync(CancellationToken.None);

    private static async Task<SignalRow> OnlyAsync(InferenceWorld world) => Assert.Single(await SignalsAsync(world));

    private static async Task<IReadOnlyList<SignalRow>> SignalsAsync(InferenceWorld world)
    {
        var ids = await world.Database.Database.ReadAsync(session => session.QueryAsync<long>("SELECT id FROM signal ORDER BY id"), CancellationToken.None);
        return [.. await Task.WhenAll(ids.Select(async id => (await world.Get<SignalStore>().FindAsync(id, CancellationToken.None))!))];
    }
}
