using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using EchoClr.Dicom.Net.Tls;

namespace EchoClr.Inference.Signals.Fhir;

/// <summary>Posts FHIR R4 by HTTPS. 2xx means taken, 4xx and redirects need a person, anything else is tried again, not before Retry-After says.</summary>
internal sealed class WebhookTarget(WebhookOptions options, TimeProvider time) : ISignalTarget
{
    public SignalTargetOptions Options => options;

    public async Task<SignalFailure?> SendAsync(Signal signal, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var client = new HttpClient(Handler()) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
            using var request = Request(signal);
            // The answer's body is not read: nothing in it decides.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge(response);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SignalFailure($"{options.HostName} did not answer within {options.Timeout.TotalSeconds:0.#} s") { Unreachable = true };
        }
        catch (HttpRequestException exception)
        {
            return new SignalFailure(Reason(exception)) { Unreachable = true };
        }
        catch (Exception exception) when (exception is TlsException or InvalidDataException)
        {
            return new SignalFailure(exception.Message) { Permanent = true };
        }
    }

    /// <summary>One a request: certificates may have been renewed. No redirects, no cookies, and no proxy, which would be another host.</summary>
    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        if (options.Tls is { } files)
        {
            var certificates = TlsCertificates.Load(files);
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = options.HostName, ClientCertificateContext = certificates.Context, CertificateChainPolicy = certificates.ChainPolicy(), EnabledSslProtocols = TlsProfile.Protocols,
            };
        }
        return handler;
    }

    private HttpRequestMessage Request(Signal signal)
    {
        var body = ReportBundle.Build(signal);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = content };
        request.Headers.Add("Idempotency-Key", signal.ControlId);
        request.Headers.Add("Prefer", "return=minimal");
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(body, WebhookSignature.ReadSecret(options.SecretFile), time.GetUtcNow()));
        return request;
    }

    private SignalFailure? Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return null;
        var after = response.Headers.RetryAfter is { } retry ? retry.Delta ?? retry.Date - time.GetUtcNow() : null;
        if (status is 408 or 425 or 429 or >= 500) // time-out, too early, too many
            return new SignalFailure($"answered {status}") { RetryAfter = after, Unreachable = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests };
        return status is >= 300 and < 400
            ? new SignalFailure($"answered {status}; redirects are not followed, set the address that it leads to") { Final = true }
            : new SignalFailure($"answered {status}") { Final = true };
    }

    private string Reason(HttpRequestException exception) => exception.InnerException is AuthenticationException refused
        ? $"TLS with {options.HostName}: {refused.Message}"
        : $"{options.HostName} cannot be reached ({exception.HttpRequestError})";
}
