using System.Security.Claims;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.Cines;

/// <summary>Which file holds a cine of a study. A saliency cine is not found for a reader from whom the AI is hidden.</summary>
internal sealed class CineFinder(InstanceStore instances, DeliveryStore deliveries, AnalysisStore analyses, Reading reading)
{
    /// <summary>Null when the study has no such object, or this reader may not see it; a file key of null when its pixels are gone.</summary>
    public async Task<FoundCine?> FindAsync(string studyInstanceUid, string sopInstanceUid, ClaimsPrincipal reader, CancellationToken cancellationToken)
    {
        if (await instances.FindAsync(sopInstanceUid, cancellationToken) is { } instance && instance.StudyInstanceUid == studyInstanceUid)
            return instance.Origin == InstanceOrigin.Own && await reading.IsHiddenAsync(reader, studyInstanceUid, cancellationToken) ? null : new FoundCine(instance.FileKey);
        if (await deliveries.FindResultAsync(sopInstanceUid, cancellationToken) is not { Kind: ResultKind.SaliencyCine } result)
            return null;
        var analysis = await analyses.FindAsync(result.AnalysisId, cancellationToken);
        return analysis?.StudyInstanceUid == studyInstanceUid && !await reading.IsHiddenAsync(reader, studyInstanceUid, cancellationToken) ? new FoundCine(result.FileKey) : null;
    }
}

internal sealed record FoundCine(string? FileKey);
