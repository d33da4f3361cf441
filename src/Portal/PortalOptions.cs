using System.ComponentModel.DataAnnotations;

namespace EchoClr.Portal;

/// <summary>Where the portal listens, and for which names.</summary>
public sealed class PortalOptions
{
    public const string SectionName = "Portal";

    /// <summary>One address. The portal shows patients and has no accounts in this version, so it listens on loopback unless told otherwise.</summary>
    [Required]
    public string Url { get; set; } = "http://127.0.0.1:8060";

    /// <summary>Host names that a browser may ask for besides the loopback ones and the one in <see cref="Url"/>: a page of another site that has its name point here gets nothing.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Who knows it may administer over HTTP (<c>/api/schedules</c>): at least 32 characters. Left out, nobody may. Over a network, only behind TLS.</summary>
    public string? AdministrationToken { get; set; }
}
