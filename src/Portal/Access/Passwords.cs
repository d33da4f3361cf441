using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace EchoClr.Portal.Access;

/// <summary>Password hashes by ASP.NET Core Identity: PBKDF2 with HMAC-SHA-512, 128 bits of salt.</summary>
internal static class Passwords
{
    /// <summary>Length is what makes a password strong (NIST SP 800-63B asks for 8 at least, and for no composition rules).</summary>
    public const int MinLength = 12;

    /// <summary>What a person types; more would only keep the hash busy.</summary>
    public const int MaxLength = 200;

    // OWASP's figure for PBKDF2-HMAC-SHA512.
    private static readonly PasswordHasher<UserRow> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    // So that a name that nobody has takes as long as one that somebody has.
    private static readonly string HashOfNobody = Hash("a password that nobody has");

    public static string Hash(string password) => Hasher.HashPassword(new UserRow(), password);

    /// <param name="user">Null for a name that nobody has: the answer is false, after the same work.</param>
    public static bool Verify(UserRow? user, string password)
    {
        var right = Hasher.VerifyHashedPassword(new UserRow(), user?.PasswordHash ?? HashOfNobody, password) != PasswordVerificationResult.Failed;
        return right && user?.PasswordHash is not null;
    }
}
