namespace EchoClr.Fuzz;

/// <summary>Code of ours that reads what strangers wrote. It may say no in its documented way; it may not crash, hang or grow.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>Also the name of its folder in the corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Well-formed inputs that mutations start from; at least one.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Mutations that know the format; <see cref="ByteMutations"/> know none and are always tried too.</summary>
    public virtual IReadOnlyList<Mutation> Mutations => [];

    /// <summary>What one input may cost in managed memory, in bytes: a reader's tables are some multiple of what it reads.</summary>
    public virtual long MaxAllocatedBytes(int inputLength) => (64L << 20) + 512L * inputLength;

    /// <summary>Reads the input. Every exception that leaves this method is a finding.</summary>
    public abstract void Run(byte[] input);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Makes another input out of one; may return the same array, changed or not.</summary>
internal delegate byte[] Mutation(byte[] input, Random random);
