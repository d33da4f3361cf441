namespace EchoClr.Testing;

/// <summary>What <see cref="InboxConsumer"/> was given.</summary>
public sealed class Inbox
{
    private readonly System.Threading.Channels.Channel<long> _arrived = System.Threading.Channels.Channel.CreateUnbounded<long>();
    private int _delivered;
    private int _lost;

    public bool Fail { get; set; }

    /// <summary>Every message of this number is acknowledged and forgotten, as if its queue had been lost; 0 loses none.</summary>
    public int LoseEvery { get; init; }

    public int Lost => _lost;

    public Task DeliverAsync(long id)
    {
        if (LoseEvery > 0 && Interlocked.Increment(ref _delivered) % LoseEvery == 0)
            Interlocked.Increment(ref _lost);
        else
            _arrived.Writer.TryWrite(id);
        return Fail ? Task.FromException(new InvalidOperationException("told to fail")) : Task.CompletedTask;
    }

    public async Task<long> NextAsync(TimeSpan? within = null) => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(within ?? TimeSpan.FromSeconds(30));
}
