using Microsoft.Extensions.Configuration;

namespace EchoClr.Dicom.Ports;

/// <summary>Which PACS to ask about a study, by who sent it.</summary>
public sealed class PacsDirectory
{
    public const string SectionName = "Pacs";

    private readonly IReadOnlyList<PacsToAsk> _pacs;

    /// <exception cref="ArgumentException">An entry cannot work; the message names its key.</exception>
    public PacsDirectory(IReadOnlyList<PacsToAsk> pacs)
    {
        for (var i = 0; i < pacs.Count; i++)
        {
            Require(pacs[i].AeTitle.Length is > 0 and <= 16, i, nameof(PacsToAsk.AeTitle), "must have 1 to 16 characters (PS3.5 6.2, AE)");
            Require(pacs[i].Host.Length > 0, i, nameof(PacsToAsk.Host), "must not be empty");
            Require(pacs[i].Port is > 0 and <= 65535, i, nameof(PacsToAsk.Port), "must be 1 to 65535");
            pacs[i].Tls?.Validate($"{SectionName}:{i}:Tls", ownCertificate: false);
        }
        _pacs = pacs;
    }

    public static PacsDirectory Read(IConfiguration configuration) => new(configuration.GetSection(SectionName).Get<List<PacsToAsk>>() ?? []);

    public bool IsEmpty => _pacs.Count == 0;

    /// <summary>The PACS of the first sender that has one; null where none is to be asked.</summary>
    /// <param name="senders">Calling AE titles that sent the study, the earliest first.</param>
    public PacsToAsk? Find(IEnumerable<string> senders) =>
        senders.Select(sender => _pacs.FirstOrDefault(pacs => pacs.Senders.Count == 0 || pacs.Senders.Contains(sender, StringComparer.Ordinal))).FirstOrDefault(pacs => pacs is not null);

    private static void Require(bool met, int entry, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{entry}:{key} {rule}");
    }
}
