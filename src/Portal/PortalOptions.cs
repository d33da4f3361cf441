using System.ComponentModel.DataAnnotations;

namespace EchoClr.Portal;

/// <summary>Where the portal listens, for which names, and how long somebody stays signed in.</summary>
public sealed class PortalOptions
{
    public const string SectionName = "Portal";

    /// <summary>One address. The portal shows patients, so it listens on loopback unless told otherwise; beyond it, let it speak https or put a proxy that does before it.</summary>
    [Required]
    public string Url { get; set; } = "http://127.0.0.1:8060";

    /// <summary>Host names that a browser may ask for besides the loopback ones and the one in <see cref="Url"/>: a page of another site that has its name point here gets nothing.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Web sites whose pages may call <c>/api</c> and <c>/dicom-web</c> with a token of theirs (CORS), as https://ris.hospital.example. None by default; cookies never go along.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>The folder <c>dist</c> of npm's <c>@ohif/app</c>, shown at <c>/viewer</c>; null for no viewer. <c>./echoclr demo --viewer</c> fetches and names it.</summary>
    public string? ViewerFolder { get; set; }

    /// <summary>Who does nothing for so long must sign in again: a reading room's screen is left alone for a coffee, not for lunch.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);
}
