using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EchoClr.VideoModels.Checkpoints;

/// <summary>
/// The safetensors format: 8 bytes of header length (little endian), a JSON header (name → dtype, shape, begin and end), then the
/// elements. No code in it, unlike a pickle. What we write is canonical (keys sorted, no gaps), so equal weights give equal bytes.
/// </summary>
public static class SafeTensors
{
    /// <summary>The reference implementation's own limit on the header.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    private static readonly Dictionary<string, ScalarType> types = new(StringComparer.Ordinal)
    {
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
    };

    /// <param name="storeAs">Type for the floating-point tensors in the file; null keeps their own. Whole-number tensors are kept.</param>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, ScalarType? storeAs = null)
    {
        using FileStream file = File.Create(path);
        Write(file, tensors, storeAs);
    }

    public static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, ScalarType? storeAs = null)
    {
        using DisposeScope scope = NewDisposeScope();
        var header = new JsonObject();
        var bodies = new List<byte[]>();
        long offset = 0;
        foreach ((string name, Tensor tensor) in tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Tensor stored = storeAs is null || tensor.dtype == ScalarType.Int64 ? tensor : tensor.detach().to_type(storeAs.Value);
            byte[] body = Elements(stored);
            header[name] = new JsonObject
            {
                ["dtype"] = types.First(entry => entry.Value == stored.dtype).Key,
                ["shape"] = new JsonArray([.. stored.shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + body.Length),
            };
            offset += body.Length;
            bodies.Add(body);
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        Span<byte> length = stackalloc byte[8];
        int padded = (json.Length + 7) / 8 * 8; // spaces up to 8 bytes, so that the elements start aligned
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        stream.Write(length);
        stream.Write(json);
        stream.Write("       "u8[..(padded - json.Length)]);
        foreach (byte[] body in bodies)
            stream.Write(body);
    }

    public static Dictionary<string, Tensor> Read(string path) => Read(File.ReadAllBytes(path));

    /// <exception cref="InvalidDataException">The bytes are not a well-formed safetensors file; nothing is read past their end.</exception>
    public static Dictionary<string, Tensor> Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8)
            throw new InvalidDataException("safetensors: shorter than its header length");
        long headerBytes = BinaryPrimitives.ReadInt64LittleEndian(file);
        if (headerBytes is < 2 or > MaxHeaderBytes || headerBytes > file.Length - 8)
            throw new InvalidDataException($"safetensors: header of {headerBytes} bytes in a file of {file.Length}");
        ReadOnlySpan<byte> elements = file[(8 + (int)headerBytes)..];
        Entry[] entries = [.. Header(file.Slice(8, (int)headerBytes)).OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];

        long covered = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Begin != covered || entry.End < entry.Begin || entry.End > elements.Length)
                throw new InvalidDataException($"safetensors: {entry.Name} lies at {entry.Begin}..{entry.End}, expected from {covered} within {elements.Length}");
            if (entry.End - entry.Begin != entry.Bytes)
                throw new InvalidDataException($"safetensors: {entry.Name} has {entry.End - entry.Begin} bytes, its shape wants {entry.Bytes}");
            covered = entry.End;
        }
        if (covered != elements.Length)
            throw new InvalidDataException($"safetensors: {elements.Length - covered} bytes belong to no tensor");

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (Entry entry in entries)
            tensors.Add(entry.Name, TensorBytes.ToTensor(elements[(int)entry.Begin..(int)entry.End], entry.Type, entry.Shape));
        return tensors;
    }

    private static byte[] Elements(Tensor tensor) => types.ContainsValue(tensor.dtype)
        ? TensorBytes.FromTensor(tensor)
        : throw new NotSupportedException($"safetensors: {tensor.dtype} is not stored");

    private static List<Entry> Header(ReadOnlySpan<byte> json)
    {
        try
        {
            var entries = new List<Entry>();
            var reader = new Utf8JsonReader(json);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    continue;
                if (!names.Add(property.Name))
                    throw new InvalidDataException($"safetensors: {property.Name} comes twice");
                entries.Add(Read(property));
            }
            return entries;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"safetensors: {error.Message}", error);
        }
    }

    private static Entry Read(JsonProperty property)
    {
        string dtype = property.Value.GetProperty("dtype").GetString() ?? "";
        if (!types.TryGetValue(dtype, out ScalarType type))
            throw new InvalidDataException($"safetensors: {property.Name} has dtype {dtype}");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        if (shape.Any(size => size < 0))
            throw new InvalidDataException($"safetensors: {property.Name} has a negative size");
        long bytes = shape.Aggregate((long)TensorBytes.ElementSize(type), (product, size) => checked(product * size));
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets.Length != 2)
            throw new InvalidDataException($"safetensors: {property.Name} has {offsets.Length} offsets");
        return new Entry(property.Name, type, shape, offsets[0], offsets[1], bytes);
    }

    private sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End, long Bytes);
}
