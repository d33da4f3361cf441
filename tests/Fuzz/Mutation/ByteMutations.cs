using System.Buffers.Binary;

namespace EchoClr.Fuzz;

/// <summary>Mutations that know no format.</summary>
internal static class ByteMutations
{
    /// <summary>Where arithmetic on lengths goes wrong.</summary>
    public static readonly uint[] Numbers = [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFE, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    public static IReadOnlyList<Mutation> All { get; } = [FlipBit, SetByte, SetUInt16, SetUInt32, Truncate, Remove, Repeat, Insert];

    /// <summary>The beginning of one and the end of another.</summary>
    public static byte[] Splice(byte[] first, byte[] second, Random random) =>
        [.. first.AsSpan(0, random.Next(first.Length + 1)), .. second.AsSpan(random.Next(second.Length + 1))];

    private static byte[] FlipBit(byte[] input, Random random)
    {
        if (input.Length > 0)
            input[random.Next(input.Length)] ^= (byte)(1 << random.Next(8));
        return input;
    }

    private static byte[] SetByte(byte[] input, Random random)
    {
        if (input.Length > 0)
            input[random.Next(input.Length)] = (byte)random.Next(256);
        return input;
    }

    private static byte[] SetUInt16(byte[] input, Random random)
    {
        if (input.Length < 2)
            return input;
        var at = input.AsSpan(random.Next(input.Length - 1));
        var number = (ushort)Numbers[random.Next(Numbers.Length)];
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteUInt16LittleEndian(at, number);
        else
            BinaryPrimitives.WriteUInt16BigEndian(at, number);
        return input;
    }

    private static byte[] SetUInt32(byte[] input, Random random)
    {
        if (input.Length < 4)
            return input;
        var at = input.AsSpan(random.Next(input.Length - 3));
        var number = random.Next(4) == 0 ? (uint)(input.Length + random.Next(-8, 9)) : Numbers[random.Next(Numbers.Length)];
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteUInt32LittleEndian(at, number);
        else
            BinaryPrimitives.WriteUInt32BigEndian(at, number);
        return input;
    }

    private static byte[] Truncate(byte[] input, Random random) => input[..random.Next(input.Length + 1)];

    private static byte[] Remove(byte[] input, Random random)
    {
        var (at, length) = Chunk(input, random);
        return [.. input.AsSpan(0, at), .. input.AsSpan(at + length)];
    }

    private static byte[] Repeat(byte[] input, Random random)
    {
        var (at, length) = Chunk(input, random);
        return [.. input.AsSpan(0, at + length), .. input.AsSpan(at)];
    }

    private static byte[] Insert(byte[] input, Random random)
    {
        var chunk = new byte[random.Next(1, 33)];
        random.NextBytes(chunk);
        var at = random.Next(input.Length + 1);
        return [.. input.AsSpan(0, at), .. chunk, .. input.AsSpan(at)];
    }

    private static (int At, int Length) Chunk(byte[] input, Random random)
    {
        var at = random.Next(input.Length + 1);
        return (at, random.Next(Math.Min(256, input.Length - at) + 1));
    }
}
