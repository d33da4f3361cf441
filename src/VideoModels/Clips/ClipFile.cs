using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.VideoModels.Clips;

/// <summary>
/// A masked cine on disk, for learning: grey frames of one size one after another, uncompressed, so that any few frames are one read at a place that is known beforehand.
/// Nothing in it names a patient, a study or a machine. All numbers are little-endian.
/// <code>
/// 0   8  "ECHOCLIP"
/// 8   4  1, the version of the format
/// 12  4  T, frames
/// 16  4  H, rows
/// 20  4  W, columns
/// 24  8  0
/// 32  4T the time of each frame since the first, in microseconds; strictly increasing from 0
///     T·H·W  grey levels (T, H, W), 0 outside the sector
/// </code>
/// </summary>
public sealed class ClipFile : IDisposable
{
    private const int Version = 1;
    private const int HeaderBytes = 32;

    // A damaged header must not make the reader ask for more memory than a clip can have: 2^28 pixels are 256 MiB.
    private const int MaxFrames = 1 << 16;
    private const long MaxPixels = 1L << 28;

    private static readonly byte[] Magic = "ECHOCLIP"u8.ToArray();

    private readonly SafeFileHandle file;
    private readonly long pixelsAt;

    private ClipFile(SafeFileHandle file, int frames, int height, int width, int[] times)
    {
        this.file = file;
        (Frames, Height, Width) = (frames, height, width);
        Microseconds = times;
        pixelsAt = HeaderBytes + 4L * frames;
    }

    public int Frames { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The time of each frame since the first.</summary>
    public IReadOnlyList<int> Microseconds { get; }

    /// <summary>The whole file of a clip.</summary>
    /// <param name="pixels">(T, H, W).</param>
    public static byte[] ToBytes(ReadOnlySpan<byte> pixels, int height, int width, IReadOnlyList<TimeSpan> times)
    {
        if (times.Count == 0 || pixels.Length != (long)times.Count * height * width)
            throw new ArgumentException($"{pixels.Length} pixels are not {times.Count} frames of {height}×{width}");
        var bytes = new byte[HeaderBytes + 4 * times.Count + pixels.Length];
        Magic.CopyTo(bytes, 0);
        Put(8, Version);
        Put(12, times.Count);
        Put(16, height);
        Put(20, width);
        for (var t = 0; t < times.Count; t++)
            Put(HeaderBytes + 4 * t, checked((int)Math.Round(times[t].TotalMicroseconds)));
        pixels.CopyTo(bytes.AsSpan(HeaderBytes + 4 * times.Count));
        return bytes;

        void Put(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
    }

    /// <exception cref="InvalidDataException">It is no clip, or not a whole one.</exception>
    public static ClipFile Open(string path)
    {
        var file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        try
        {
            Span<byte> header = stackalloc byte[HeaderBytes];
            if (RandomAccess.Read(file, header, 0) != HeaderBytes || !header[..8].SequenceEqual(Magic))
                throw new InvalidDataException($"{path} is no clip file");
            var (version, frames, height, width) = (Get(header, 8), Get(header, 12), Get(header, 16), Get(header, 20));
            if (version != Version || frames is < 1 or > MaxFrames || height < 1 || width < 1 || (long)height * width > MaxPixels / frames)
                throw new InvalidDataException($"{path}: version {version}, {frames} frames of {height}×{width}");
            if (RandomAccess.GetLength(file) != HeaderBytes + 4L * frames + (long)frames * height * width)
                throw new InvalidDataException($"{path} has {RandomAccess.GetLength(file)} bytes, which are not {frames} frames of {height}×{width}");
            var bytes = new byte[4 * frames];
            RandomAccess.Read(file, bytes, HeaderBytes);
            var times = new int[frames];
            for (var t = 0; t < frames; t++)
                times[t] = Get(bytes, 4 * t);
            for (var t = 1; t < frames; t++)
                if (times[t] <= times[t - 1])
                    throw new InvalidDataException($"{path}: the times of its frames do not increase");
            return new ClipFile(file, frames, height, width, times);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        static int Get(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
    }

    /// <summary>One frame, (H, W).</summary>
    public void Read(int frame, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
        var plane = target[..(Height * Width)];
        for (var done = 0; done < plane.Length;)
        {
            var read = RandomAccess.Read(file, plane[done..], pixelsAt + (long)frame * Height * Width + done);
            if (read == 0)
                throw new InvalidDataException("the clip file ended within a frame");
            done += read;
        }
    }

    public void Dispose() => file.Dispose();
}
