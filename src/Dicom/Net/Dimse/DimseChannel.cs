using System.Buffers;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.UpperLayer;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Net.Dimse;

/// <summary>An accepted presentation context: what both sides agreed on for its id.</summary>
internal sealed record AcceptedContext(byte Id, string AbstractSyntax, string TransferSyntax);

/// <summary>A request or response, or (without one) how the association came to rest between two messages.</summary>
internal readonly record struct ReceivedCommand(AcceptedContext? Context, CommandSet? Command, UpperLayerIndication End);

/// <summary>Messages over an association: command sets and data sets, cut into presentation data values and put together again (PS3.7 6.3, PS3.8 Annex E).</summary>
/// <param name="budget">How slowly messages may come; null where the other side was asked for them.</param>
internal sealed class DimseChannel(UpperLayerConnection upperLayer, IReadOnlyDictionary<byte, AcceptedContext> contexts, MessageBudget? budget = null)
{
    private const int PDataOverhead = PduLimits.HeaderLength + PduLimits.PdvHeaderLength;

    /// <summary>Bytes of a file that are read and handed on at a time, in as many PDUs as the peer wants: many peers take 16 KiB only, and a system call each costs more than the bytes.</summary>
    private const int SendBatch = 256 * 1024;

    /// <summary>A peer that wants tiny PDUs gets them, but not thousands at a time.</summary>
    private const int MostFragmentsABatch = 64;

    private ReadOnlySequence<byte> _values; // what is left of the current PDU

    /// <summary>The next command, or the indication that came instead of one.</summary>
    /// <param name="timeout">For each PDU.</param>
    /// <exception cref="DimseViolationException">What came is no command, or none that can be followed.</exception>
    /// <exception cref="AssociationEndedException">The association ended inside the command.</exception>
    public async ValueTask<ReceivedCommand> ReceiveCommandAsync(TimeSpan timeout)
    {
        if (_values.IsEmpty && await NextPduAsync(timeout).ConfigureAwait(false) is { } end)
            return new ReceivedCommand(null, null, end);

        budget?.Begin();
        var bytes = new ArrayBufferWriter<byte>(256);
        AcceptedContext? context = null;
        while (true)
        {
            var value = await NextValueAsync(timeout).ConfigureAwait(false);
            if (!value.IsCommand)
                throw new DimseViolationException("a data set fragment came where a command was due");
            context ??= ContextOf(value);
            if (value.ContextId != context.Id)
                throw new DimseViolationException("a command changes its presentation context");
            if (bytes.WrittenCount + value.Fragment.Length > CommandSet.MaxLength)
                throw new DimseViolationException($"a command set of more than {CommandSet.MaxLength} bytes");
            foreach (var segment in value.Fragment)
                bytes.Write(segment.Span);
            if (value.IsLast)
                return new ReceivedCommand(context, CommandSet.Parse(bytes.WrittenMemory), default);
        }
    }

    /// <summary>Reads the data set that follows a command into <paramref name="sink"/>, as it arrives.</summary>
    /// <returns>Its length in bytes.</returns>
    public async ValueTask<long> ReceiveDatasetAsync(AcceptedContext context, IDatasetSink sink, long maxLength, TimeSpan timeout)
    {
        long length = 0;
        while (true)
        {
            var value = await NextValueAsync(timeout).ConfigureAwait(false);
            if (value.IsCommand)
                throw new DimseViolationException("a command came inside a data set");
            if (value.ContextId != context.Id)
                throw new DimseViolationException("a data set changes its presentation context");
            length += value.Fragment.Length;
            if (length > maxLength)
                throw new DimseViolationException($"a data set of more than {maxLength} bytes");
            sink.Write(value.Fragment);
            if (value.IsLast)
                return length;
        }
    }

    /// <summary>Sends a message whose data set, if any, is in memory.</summary>
    public async ValueTask SendAsync(byte contextId, CommandSet command, ReadOnlyMemory<byte>? dataset = null)
    {
        WriteCommand(contextId, command with { HasDataset = dataset is not null });
        if (dataset is { } rest)
        {
            bool last;
            do
            {
                var fragment = rest[..Math.Min(rest.Length, MaxFragment)];
                rest = rest[fragment.Length..];
                last = rest.IsEmpty;
                WriteValue(contextId, isCommand: false, last, fragment.Span);
                if (!last)
                    await FlushAsync().ConfigureAwait(false);
            }
            while (!last);
        }
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Sends a message whose data set is a stretch of a file, exactly as it is there. The command travels in the first flush with the first data.</summary>
    /// <exception cref="IOException">The file is shorter than it was; the message cannot be completed any more.</exception>
    public async ValueTask SendFileAsync(byte contextId, CommandSet command, SafeFileHandle file, long offset, long length)
    {
        WriteCommand(contextId, command with { HasDataset = true });
        var fragments = new List<Memory<byte>>();
        do
        {
            var batch = (int)Math.Min(length, (long)MaxFragment * FragmentsABatch);
            length -= batch;
            var prepared = PrepareFragments(contextId, batch, isLast: length == 0, fragments);
            ReadExactly(file, fragments, offset);
            upperLayer.AdvanceData(prepared); // not before: a file that cannot be read is followed by an A-ABORT, not by rubbish
            offset += batch;
            await FlushAsync().ConfigureAwait(false);
        }
        while (length > 0);
    }

    // PS3.8 Annex D.1.1: the maximum is that of the PDU length field, so it includes the value's own six bytes. Fragments have even lengths (PS3.8 Annex E.1).
    private int MaxFragment => (upperLayer.MaxSendLength - PduLimits.PdvHeaderLength) & ~1;

    private int FragmentsABatch => Math.Clamp(SendBatch / (PDataOverhead + MaxFragment), 1, MostFragmentsABatch);

    /// <summary>Writes the headers of as many PDUs as a stretch of the data set needs, and gives the places between them that the file is to fill.</summary>
    /// <returns>The length of all that.</returns>
    private int PrepareFragments(byte contextId, int length, bool isLast, List<Memory<byte>> fragments)
    {
        fragments.Clear();
        var count = Math.Max(1, (length + MaxFragment - 1) / MaxFragment);
        var total = length + count * PDataOverhead;
        var memory = upperLayer.GetDataMemory(total);
        for (var i = 1; i <= count; i++)
        {
            var fragment = Math.Min(length, MaxFragment);
            length -= fragment;
            PduWriter.WritePDataHeader(memory.Span, contextId, isCommand: false, isLast && i == count, fragment);
            fragments.Add(memory.Slice(PDataOverhead, fragment));
            memory = memory[(PDataOverhead + fragment)..];
        }
        return total;
    }

    private void WriteCommand(byte contextId, CommandSet command)
    {
        ReadOnlySpan<byte> rest = command.ToBytes();
        do
        {
            var fragment = rest[..Math.Min(rest.Length, MaxFragment)];
            rest = rest[fragment.Length..];
            WriteValue(contextId, isCommand: true, rest.IsEmpty, fragment);
        }
        while (!rest.IsEmpty);
    }

    private void WriteValue(byte contextId, bool isCommand, bool isLast, ReadOnlySpan<byte> fragment)
    {
        var memory = upperLayer.GetDataMemory(PDataOverhead + fragment.Length).Span;
        PduWriter.WritePDataHeader(memory, contextId, isCommand, isLast, fragment.Length);
        fragment.CopyTo(memory[PDataOverhead..]);
        upperLayer.AdvanceData(PDataOverhead + fragment.Length);
    }

    // A peer that aborts while we send says why in what we have not read yet.
    private async ValueTask FlushAsync()
    {
        if (await upperLayer.FlushAsync().ConfigureAwait(false))
            return;
        UpperLayerIndication indication;
        do
            indication = await upperLayer.ReceiveAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        while (indication.Kind == IndicationKind.Data);
        throw new AssociationEndedException(indication);
    }

    private async ValueTask<PresentationDataValue> NextValueAsync(TimeSpan timeout)
    {
        if (_values.IsEmpty && await NextPduAsync(timeout).ConfigureAwait(false) is { } end)
            throw new AssociationEndedException(end.Kind == IndicationKind.ReleaseRequested ? end with { Why = "the peer asked for release inside a message" } : end);
        var value = PduReader.TakeValue(ref _values);
        budget?.Spend(value.Fragment.Length);
        return value;
    }

    private async ValueTask<UpperLayerIndication?> NextPduAsync(TimeSpan timeout)
    {
        var since = budget?.Stamp() ?? 0;
        var indication = await upperLayer.ReceiveAsync(timeout).ConfigureAwait(false);
        budget?.Waited(since);
        if (indication.Kind != IndicationKind.Data)
            return indication;
        _values = ((PDataPdu)indication.Pdu!).Values;
        return null;
    }

    private AcceptedContext ContextOf(PresentationDataValue value) => contexts.TryGetValue(value.ContextId, out var context)
        ? context
        : throw new DimseViolationException($"presentation context {value.ContextId} was not accepted");

    // Synchronous on purpose: an asynchronous read of a file is the same call on another pool thread.
    private static void ReadExactly(SafeFileHandle file, List<Memory<byte>> targets, long offset)
    {
        while (targets.Exists(target => !target.IsEmpty))
        {
            var read = RandomAccess.Read(file, targets, offset);
            if (read == 0)
                throw new EndOfStreamException("the file became shorter while it was sent");
            offset += read;
            var filled = targets.FindIndex(target => (read -= target.Length) < 0);
            if (filled < 0)
                return;
            targets[filled] = targets[filled][(int)(targets[filled].Length + read)..];
            targets.RemoveRange(0, filled);
        }
    }
}
