namespace EchoClr.Shared.Data;

/// <summary>Peers' texts may be longer than the standard allows; columns have an end.</summary>
public static class Text
{
    /// <summary>The widest column of peer text. DICOM's LO has 64 characters, PN three groups of 64.</summary>
    public const int MaxPeerText = 400;

    /// <summary>At most <paramref name="length"/> characters, never half of a surrogate pair; null stays null.</summary>
    public static string? Cut(string? text, int length = MaxPeerText)
    {
        if (text is null || text.Length <= length)
            return text;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
