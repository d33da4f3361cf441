using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Shared.Storage;

namespace EchoClr.Portal.Cines;

/// <summary>Cines that were played last, decoded by the codec worker: a hostile file costs that process, never this one.</summary>
internal sealed class CineCache(BlobStore blobs, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Frames kept: some thirty cines of a hundred frames.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>A single image has the same player; more frames than any real cine are not shown.</summary>
    private const int MaxFrames = 2000;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, (DecodedCine Cine, long Used)> _cines = [];
    private CodecWorker? _worker;
    private long _uses;

    /// <exception cref="CodecException">It cannot be decoded.</exception>
    /// <exception cref="IOException">The file is gone.</exception>
    public async Task<DecodedCine> OpenAsync(string fileKey, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_cines.TryGetValue(fileKey, out var found))
                found.Cine = await DecodeAsync(blobs.PathOf(fileKey), cancellationToken);
            _cines[fileKey] = (found.Cine, ++_uses);
            while (_cines.Count > 1 && _cines.Values.Sum(one => one.Cine.Bytes) > MaxBytes)
                _cines.Remove(_cines.MinBy(one => one.Value.Used).Key);
            return found.Cine;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
            await _worker.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<DecodedCine> DecodeAsync(string path, CancellationToken cancellationToken)
    {
        var header = DicomFile.Read(path, DicomReadOptions.Header).Dataset;
        _worker ??= CodecWorker.Start(time: time);
        using var decoded = await _worker.DecodeAsync(path, cancellationToken);
        if (decoded.Frames > MaxFrames)
            throw new CodecException($"{decoded.Frames} frames are more than the {MaxFrames} that are shown");
        var (times, assumed) = FrameTimes.Of(header, decoded.SourceFrames[^1] + 1);
        var jpegs = new byte[decoded.Frames][];
        for (var i = 0; i < jpegs.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            jpegs[i] = JpegEncoder.Encode(decoded.Frame(i), decoded.Rows, decoded.Columns, decoded.SamplesPerPixel);
        }
        return new DecodedCine(jpegs, decoded.Rows, decoded.Columns, [.. decoded.SourceFrames.Select(frame => times[frame] - times[decoded.SourceFrames[0]])], assumed, [.. decoded.SourceFrames.Select(frame => frame + 1)]);
    }
}
