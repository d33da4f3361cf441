using EchoClr.Shared.Messaging;

namespace EchoClr.App.Demo;

/// <summary>What the demonstration is asked to do.</summary>
internal sealed record DemoOptions
{
    /// <summary>Everything it writes; generated studies stay in it for the next time, the rest is made anew.</summary>
    public required string Folder { get; init; }

    /// <summary>The user's DICOM files or folders; empty for generated studies.</summary>
    public IReadOnlyList<string> Send { get; init; } = [];

    /// <summary>How many studies to generate.</summary>
    public int Studies { get; init; } = 4;

    public BusTransport Bus { get; init; } = BusTransport.Memory;

    /// <summary>Do not stop at the end: somebody wants to look around.</summary>
    public bool Keep { get; init; }

    /// <summary>Where the OHIF viewer's build lies, to be shown at <c>/viewer</c>; null for none.</summary>
    public string? ViewerFolder { get; init; }

    /// <summary>The PACS forwards even our own results back to us, as some are configured: they must not be analysed.</summary>
    public bool ForwardEchoes { get; init; }

    /// <summary>Until every study must have come to an end, from the moment of sending.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>More settings, as on the command line.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];
}
