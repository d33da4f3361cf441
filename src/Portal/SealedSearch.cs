using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace EchoClr.Portal;

/// <summary>The text of a search as an address may hold it: names and numbers of patients do not belong into the logs of proxies and the histories of browsers.</summary>
public sealed class SealedSearch(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("worklist search");

    public string Seal(string text) => _protector.Protect(text);

    /// <summary>Null for what we did not seal.</summary>
    public string? Open(string? sealedText)
    {
        try
        {
            return string.IsNullOrEmpty(sealedText) ? null : _protector.Unprotect(sealedText);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
