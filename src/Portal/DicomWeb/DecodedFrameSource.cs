using EchoClr.Dicom.Codecs;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>
/// Decoded frames, from the codec worker: a hostile file costs that process, never this one. The cine that was asked for last stays decoded, since a viewer asks for its frames one by one; there is never
/// more than one.
/// </summary>
internal sealed class DecodedFrameSource(TimeProvider time) : IAsyncDisposable
{
    /// <summary>A viewer that plays asks again within a second; after so long without a request the pixels are given back.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private CodecWorker? _worker;
    private (string Path, DecodedFrames Frames)? _last;
    private ITimer? _idle;

    /// <param name="number">The frame's number in the file, from 1.</param>
    /// <exception cref="CodecException">It cannot be decoded.</exception>
    /// <exception cref="DicomWebException">404: the file has no such frame.</exception>
    public async Task<DecodedFrame> ReadAsync(string path, int number, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_last is not { } last || last.Path != path)
            {
                Forget();
                _worker ??= CodecWorker.Start(time: time);
                _last = last = (path, await _worker.DecodeAsync(path, cancellationToken));
            }
            _idle ??= time.CreateTimer(_ => _ = ForgetAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _idle.Change(Idle, Timeout.InfiniteTimeSpan);
            var index = last.Frames.SourceFrames.ToList().IndexOf(number - 1);
            if (index < 0 && number > last.Frames.SourceFrames[^1] + 1)
                throw new DicomWebException(StatusCodes.Status404NotFound, $"the object has {last.Frames.SourceFrames[^1] + 1} frames");
            if (index < 0)
                throw new CodecException($"frame {number} is damaged");
            return new DecodedFrame(last.Frames.Frame(index).ToArray(), last.Frames.Rows, last.Frames.Columns, last.Frames.SamplesPerPixel);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        Forget();
        if (_idle is not null)
            await _idle.DisposeAsync();
        if (_worker is not null)
            await _worker.DisposeAsync();
        _turn.Dispose();
    }

    private async Task ForgetAsync()
    {
        try
        {
            await _turn.WaitAsync();
        }
        catch (ObjectDisposedException)
        {
            return; // the timer rang at the end of the program
        }
        Forget();
        _turn.Release();
    }

    private void Forget()
    {
        _last?.Frames.Dispose();
        _last = null;
    }
}

/// <param name="Pixels">(Rows, Columns, SamplesPerPixel): grey, or red, green, blue; 8 bits each.</param>
internal sealed record DecodedFrame(byte[] Pixels, int Rows, int Columns, int SamplesPerPixel);
