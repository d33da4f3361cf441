using System.Text.Json;
using System.Text.Json.Nodes;

namespace EchoClr.Fuzz;

/// <summary>Mutations of a JSON document: a value somewhere in it becomes another, goes, or comes twice.</summary>
internal static class JsonMutations
{
    private static readonly string[] values = ["null", "0", "-1", "1e400", "9223372036854775808", "\"\"", "\"../x\"", "[]", "{}", "[null]", "true"];

    public static IReadOnlyList<Mutation> All { get; } = [Replace, Replace, Remove];

    private static byte[] Replace(byte[] input, Random random) => Change(input, random, (parent, key) =>
        Set(parent, key, JsonNode.Parse(values[random.Next(values.Length)], documentOptions: new JsonDocumentOptions { MaxDepth = 8 })));

    private static byte[] Remove(byte[] input, Random random) => Change(input, random, (parent, key) =>
    {
        if (parent is JsonObject fields)
            fields.Remove((string)key);
        else
            ((JsonArray)parent).RemoveAt((int)key);
    });

    private static byte[] Change(byte[] input, Random random, Action<JsonNode, object> change)
    {
        try
        {
            if (JsonNode.Parse(input) is not { } root)
                return input;
            var places = Places(root).ToList();
            if (places.Count > 0)
            {
                var (parent, key) = places[random.Next(places.Count)];
                change(parent, key);
            }
            return JsonSerializer.SerializeToUtf8Bytes(root);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            return input; // earlier mutations made it no JSON
        }
    }

    private static IEnumerable<(JsonNode Parent, object Key)> Places(JsonNode node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Inside(fields, field.Key, field.Value)),
        JsonArray items => items.SelectMany((item, index) => Inside(items, index, item)),
        _ => [],
    };

    private static IEnumerable<(JsonNode, object)> Inside(JsonNode parent, object key, JsonNode? value) => [(parent, key), .. value is null ? [] : Places(value)];

    private static void Set(JsonNode parent, object key, JsonNode? value)
    {
        if (parent is JsonObject fields)
            fields[(string)key] = value;
        else
            parent[(int)key] = value;
    }
}
