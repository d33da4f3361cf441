using System.Buffers.Binary;

namespace EchoClr.Fuzz;

/// <summary>Mutations of a stream of protocol data units (PS3.8 9.3): whole units change places, their headers, items and presentation data values are damaged.</summary>
internal static class PduMutations
{
    private const int Header = 6;

    public static IReadOnlyList<Mutation> All { get; } = [Each(SetType), Each(SetLength), Each(SetInside), Each(SetInside), Each(Delete), Each(Duplicate), Each(MoveToEnd), Each(CutInTwo)];

    private static Mutation Each(Func<byte[], (int At, int Length), Random, byte[]> mutation) => (input, random) =>
    {
        var units = Walk(input);
        return units.Count == 0 ? input : mutation(input, units[random.Next(units.Count)], random);
    };

    private static List<(int At, int Length)> Walk(byte[] input)
    {
        var units = new List<(int, int)>();
        for (var at = 0; at + Header <= input.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(at + 2)), (uint)(input.Length - at - Header));
            units.Add((at, Header + length));
            at += Header + length;
        }
        return units;
    }

    private static byte[] SetType(byte[] input, (int At, int Length) unit, Random random)
    {
        input[unit.At] = (byte)random.Next(10);
        return input;
    }

    private static byte[] SetLength(byte[] input, (int At, int Length) unit, Random random)
    {
        BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(unit.At + 2), random.Next(2) == 0 ? (uint)(unit.Length - Header + random.Next(-4, 5)) : ByteMutations.Numbers[random.Next(ByteMutations.Numbers.Length)]);
        return input;
    }

    // Near the start of a unit's body lie lengths, ids and control headers.
    private static byte[] SetInside(byte[] input, (int At, int Length) unit, Random random)
    {
        if (unit.Length <= Header)
            return input;
        input[unit.At + Header + random.Next(Math.Min(160, unit.Length - Header))] = (byte)ByteMutations.Numbers[random.Next(ByteMutations.Numbers.Length)];
        return input;
    }

    private static byte[] Delete(byte[] input, (int At, int Length) unit, Random random) => [.. input.AsSpan(0, unit.At), .. input.AsSpan(unit.At + unit.Length)];

    private static byte[] Duplicate(byte[] input, (int At, int Length) unit, Random random) => [.. input.AsSpan(0, unit.At + unit.Length), .. input.AsSpan(unit.At)];

    private static byte[] MoveToEnd(byte[] input, (int At, int Length) unit, Random random) => [.. Delete(input, unit, random), .. input.AsSpan(unit.At, unit.Length)];

    // The connection ends in the middle of a unit.
    private static byte[] CutInTwo(byte[] input, (int At, int Length) unit, Random random) => input[..(unit.At + random.Next(unit.Length))];
}
