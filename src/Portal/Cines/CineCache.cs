using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Shared.Storage;

namespace EchoClr.Portal.Cines;

/// <summary>Cines that were played last, decoded by the codec worker: a hostile file costs that process, never this one. Readers of a decoded cine wait for nobody.</summary>
internal sealed class CineCache(BlobStore blobs, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Frames kept: some thirty cines of a hundred frames.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>More frames than any real cine are not shown.</summary>
    private const int MaxFrames = 2000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _cines = [];
    private readonly Lazy<CodecWorker> _worker = new(() => CodecWorker.Start(time: time));
    private long _uses;

    /// <exception cref="CodecException">It cannot be decoded.</exception>
    /// <exception cref="IOException">The file is gone.</exception>
    public async Task<DecodedCine> OpenAsync(string fileKey, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_gate)
        {
            // Decoded for whoever asks, not for the one who asked first: that one may leave. The worker has its own limits of time.
            if (!_cines.TryGetValue(fileKey, out entry!))
                _cines[fileKey] = entry = new Entry(Task.Run(() => DecodeAsync(blobs.PathOf(fileKey)), CancellationToken.None));
            entry.Used = ++_uses;
        }
        try
        {
            return await entry.Decoding.WaitAsync(cancellationToken);
        }
        finally
        {
            Sweep();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker.IsValueCreated)
            await _worker.Value.DisposeAsync();
    }

    /// <summary>What failed may be tried again; beyond the limit the cine that was used longest ago goes.</summary>
    private void Sweep()
    {
        lock (_gate)
        {
            foreach (var failed in _cines.Where(one => one.Value.Decoding is { IsCompleted: true, IsCompletedSuccessfully: false }).Select(one => one.Key).ToList())
                _cines.Remove(failed);
            while (_cines.Count > 1 && _cines.Values.Sum(one => one.Bytes) > MaxBytes)
                _cines.Remove(_cines.MinBy(one => one.Value.Used).Key);
        }
    }

    private async Task<DecodedCine> DecodeAsync(string path)
    {
        var header = DicomFile.Read(path, DicomReadOptions.Header).Dataset;
        using var decoded = await _worker.Value.DecodeAsync(path, CancellationToken.None);
        if (decoded.Frames > MaxFrames)
            throw new CodecException($"{decoded.Frames} frames are more than the {MaxFrames} that are shown");
        var (times, assumed) = FrameTimes.Of(header, decoded.SourceFrames[^1] + 1);
        var jpegs = new byte[decoded.Frames][];
        for (var i = 0; i < jpegs.Length; i++)
            jpegs[i] = JpegEncoder.Encode(decoded.Frame(i), decoded.Rows, decoded.Columns, decoded.SamplesPerPixel);
        return new DecodedCine(jpegs, decoded.Rows, decoded.Columns, [.. decoded.SourceFrames.Select(frame => times[frame] - times[decoded.SourceFrames[0]])], assumed, [.. decoded.SourceFrames.Select(frame => frame + 1)]);
    }

    private sealed class Entry(Task<DecodedCine> decoding)
    {
        public Task<DecodedCine> Decoding { get; } = decoding;

        public long Used { get; set; }

        public long Bytes => Decoding is { IsCompletedSuccessfully: true } done ? done.GetAwaiter().GetResult().Bytes : 0;
    }
}
