using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Shared.Data;

/// <summary>Bearer secrets of ours: 256 random bits. Tables hold their SHA-256, which for secrets of that strength needs neither salt nor slowness.</summary>
public static class Secret
{
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    public static string Sha256(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
