using System.Buffers;
using System.IO.Pipelines;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>A transport's two pipes as the one stream that SslStream wants. It owns nothing.</summary>
internal sealed class TransportStream(IDuplexPipe transport) : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            var read = await transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
            var piece = read.Buffer.Slice(0, count);
            piece.CopyTo(buffer.Span);
            transport.Input.AdvanceTo(piece.End);
            if (count > 0 || read.IsCompleted)
                return count;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var written = await transport.Output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (written.IsCompleted)
            throw new IOException("the connection was lost");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { } // every write is flushed

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
