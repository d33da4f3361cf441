using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Inference.Signals.Fhir;

/// <summary>
/// Lets a receiver tell that a request is ours, unaltered and fresh: <c>EchoClr-Signature: t=UNIX-SECONDS,v1=HEX</c>, where HEX is the HMAC-SHA-256, keyed with the shared secret, of
/// "t.body". The time is part of what is signed, so that an old request cannot be sent again as a new one.
/// </summary>
public static class WebhookSignature
{
    public const string Header = "EchoClr-Signature";

    private const int MinSecretLength = 32;

    public static string Of(ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds().ToString();
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(seconds + "."), .. body]);
        return $"t={seconds},v1={Convert.ToHexStringLower(mac)}";
    }

    /// <exception cref="InvalidDataException">The file cannot be read, or holds no secret.</exception>
    internal static string ReadSecret(string file)
    {
        try
        {
            var secret = File.ReadAllText(file).Trim();
            return secret.Length >= MinSecretLength ? secret : throw new InvalidDataException($"SecretFile holds a secret of fewer than {MinSecretLength} characters");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("SecretFile cannot be read", exception);
        }
    }
}
