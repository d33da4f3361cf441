using System.Globalization;
using EchoClr.Dicom;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>The query parameters of a search (PS3.18 8.3.4).</summary>
internal sealed record SearchRequest(IReadOnlyList<MatchKey> Keys, IReadOnlySet<DicomTag> Included, bool IncludesAll, int? Limit, int Offset, bool FuzzyMatching)
{
    /// <summary>Attribute names in one request; the whole query of the longest real one has some twenty.</summary>
    private const int MaxParameters = 100;

    /// <summary>Sequences down to a matched attribute.</summary>
    private const int MaxDepth = 5;

    /// <exception cref="DicomWebException">400: a parameter is not understood, or its value is not one that it may have.</exception>
    public static SearchRequest Of(IQueryCollection query, QueryLevel level)
    {
        try
        {
            if (query.Sum(parameter => parameter.Value.Count) > MaxParameters)
                throw new FormatException($"more than {MaxParameters} parameters");
            var (keys, included, all) = (new List<MatchKey>(), new HashSet<DicomTag>(), false);
            foreach (var (name, values) in query)
            {
                foreach (var value in values)
                {
                    if (name.ToLowerInvariant() is "limit" or "offset" or "fuzzymatching" or "accept")
                        continue;
                    if (name.Equals("includefield", StringComparison.OrdinalIgnoreCase))
                    {
                        foreach (var field in (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                        {
                            all |= field.Equals("all", StringComparison.OrdinalIgnoreCase);
                            if (!field.Equals("all", StringComparison.OrdinalIgnoreCase))
                                included.Add(PathOf(field)[0]);
                        }
                        continue;
                    }
                    var key = new MatchKey(PathOf(name), value ?? "");
                    Check(key, level);
                    included.Add(key.Tag);
                    keys.Add(key);
                }
            }
            return new SearchRequest(keys, included, all, Number(query, "limit"), Number(query, "offset") ?? 0, Flag(query, "fuzzymatching"));
        }
        catch (FormatException e)
        {
            throw new DicomWebException(StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private static void Check(MatchKey key, QueryLevel level)
    {
        if (Attributes.LevelOf(key.Tag) is var own && own > level)
            throw new FormatException($"{DicomDictionary.Keyword(key.Tag)} belongs to {(own == QueryLevel.Series ? "series" : "instances")}: search for these");
        if (key.Vr.IsBulk || (key.Vr == DicomVr.SQ && !key.IsUniversal))
            throw new FormatException($"{DicomDictionary.Keyword(key.Path[^1])} is not an attribute that can be matched");
        if (key.Vr == DicomVr.UI && !key.IsUniversal && !key.Uids.All(DicomUid.IsValid))
            throw new FormatException($"{DicomDictionary.Keyword(key.Path[^1])} is matched with UIDs");
        if ((key.Vr == DicomVr.DA || key.Vr == DicomVr.TM) && !key.IsUniversal)
            key.Range();
    }

    /// <summary>A keyword or a tag, or several with dots between: sequences down to an attribute.</summary>
    private static List<DicomTag> PathOf(string name)
    {
        var path = new List<DicomTag>();
        foreach (var part in name.Split('.', MaxDepth + 1))
        {
            if (path.Count == MaxDepth || !DicomDictionary.TryFindTag(part, out var tag) || !DicomDictionary.Contains(tag))
                throw new FormatException("a parameter is neither the keyword nor the tag of an attribute that the data dictionary knows");
            path.Add(tag);
        }
        return path;
    }

    private static int? Number(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new FormatException($"{name} is a whole number, 0 or more"),
    };

    private static bool Flag(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" or "false" => false,
        "true" => true,
        _ => throw new FormatException($"{name} is true or false"),
    };
}
