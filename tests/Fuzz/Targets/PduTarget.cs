using System.Buffers;
using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Fuzz;

/// <summary>The PDU reader alone, on buffers in pieces as sockets deliver them.</summary>
internal sealed class PduTarget : FuzzTarget
{
    private const int PieceLength = 61; // so that headers and items lie across a seam

    public override string Name => "pdu";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Fuzz.Seeds.Senders(), Fuzz.Seeds.FindAnswer(), Fuzz.Seeds.CommitmentAnswer()];

    public override IReadOnlyList<Mutation> Mutations => PduMutations.All;

    public override void Run(byte[] input)
    {
        var rest = Pieces(input);
        try
        {
            while (PduReader.TryReadHeader(rest, PduLimits.DefaultMaxPDataLength, out var type, out var length) && PduLimits.HeaderLength + length <= rest.Length)
            {
                var pdu = PduReader.ReadBody(type, rest.Slice(PduLimits.HeaderLength, length));
                if (pdu is PDataPdu data)
                {
                    for (var values = data.Values; values.Length > 0;)
                        _ = PduReader.TakeValue(ref values).Fragment.ToArray();
                }
                rest = rest.Slice(PduLimits.HeaderLength + length);
            }
        }
        catch (InvalidPduException)
        {
            // said no, as it may
        }
    }

    private static ReadOnlySequence<byte> Pieces(byte[] input)
    {
        var first = new Piece(input.AsMemory(0, Math.Min(PieceLength, input.Length)), 0);
        var last = first;
        for (var at = PieceLength; at < input.Length; at += PieceLength)
            last = last.Append(input.AsMemory(at, Math.Min(PieceLength, input.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var piece = new Piece(memory, RunningIndex + Memory.Length);
            Next = piece;
            return piece;
        }
    }
}
