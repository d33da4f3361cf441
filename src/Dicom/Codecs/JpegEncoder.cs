using System.Runtime.InteropServices;

namespace EchoClr.Dicom.Codecs;

/// <summary>
/// One frame to one JPEG baseline stream (process 1, transfer syntax 1.2.840.10008.1.2.4.50), through libjpeg-turbo.
/// Colour is stored as YCbCr 4:2:2, which DICOM calls YBR_FULL_422; grey stays one component, MONOCHROME2.
/// The same pixels and quality give the same bytes.
/// </summary>
public static partial class JpegEncoder
{
    /// <summary>Compressing moving speckle: 90 keeps it free of visible blocks at about a tenth of the raw size.</summary>
    public const int DefaultQuality = 90;

    // JPEG stores the sides in 16 bits; 65,500 is libjpeg's own limit (JPEG_MAX_DIMENSION).
    private const int MaxSide = 65_500;

    /// <param name="pixels">Row by row from the top; RGB interleaved when <paramref name="samplesPerPixel"/> is 3, one byte a pixel when it is 1.</param>
    /// <param name="quality">1 (worst) to 100, libjpeg's scale.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int rows, int columns, int samplesPerPixel, int quality = DefaultQuality)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MaxSide);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaxSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (samplesPerPixel is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(samplesPerPixel), samplesPerPixel, "a frame has 1 (grey) or 3 (RGB) samples per pixel");
        if (pixels.Length != (long)rows * columns * samplesPerPixel)
            throw new ArgumentException($"{pixels.Length} bytes are not a frame of {rows} x {columns} x {samplesPerPixel}", nameof(pixels));

        var grey = samplesPerPixel == 1;
        var subsampling = grey ? TurboJpeg.SubsamplingGrey : TurboJpeg.Subsampling422;
        var compressor = TurboJpeg.InitCompress();
        if (compressor == 0)
            throw new InvalidOperationException("libjpeg-turbo gives no compressor: " + LastError(0));
        try
        {
            var jpeg = new byte[TurboJpeg.BufferSize(columns, rows, subsampling)];
            nuint written = (nuint)jpeg.Length;
            int result;
            unsafe
            {
                fixed (byte* source = pixels)
                fixed (byte* target = jpeg)
                {
                    var destination = target;
                    result = TurboJpeg.Compress(compressor, source, columns, 0, rows, grey ? TurboJpeg.PixelsGrey : TurboJpeg.PixelsRgb,
                        &destination, &written, subsampling, quality, TurboJpeg.NoReallocation | TurboJpeg.AccurateTransform);
                }
            }
            if (result != 0)
                throw new InvalidOperationException("libjpeg-turbo: " + LastError(compressor));
            return jpeg.AsSpan(0, checked((int)written)).ToArray();
        }
        finally
        {
            _ = TurboJpeg.Destroy(compressor);
        }
    }

    private static string LastError(nint compressor) => Marshal.PtrToStringUTF8(TurboJpeg.ErrorString(compressor)) ?? "unknown error";

    /// <summary>The part of turbojpeg.h 2.1 that is used here, with its numbers.</summary>
    private static unsafe partial class TurboJpeg
    {
        private const string Library = "libturbojpeg.so.0";

        public const int PixelsRgb = 0, PixelsGrey = 6;
        public const int Subsampling422 = 1, SubsamplingGrey = 3;
        public const int NoReallocation = 1024, AccurateTransform = 4096;

        [LibraryImport(Library, EntryPoint = "tjInitCompress")]
        public static partial nint InitCompress();

        [LibraryImport(Library, EntryPoint = "tjBufSize")]
        public static partial nuint BufferSize(int width, int height, int subsampling);

        [LibraryImport(Library, EntryPoint = "tjCompress2")]
        public static partial int Compress(nint handle, byte* source, int width, int pitch, int height, int pixelFormat,
            byte** jpeg, nuint* jpegSize, int subsampling, int quality, int flags);

        [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
        public static partial nint ErrorString(nint handle);

        [LibraryImport(Library, EntryPoint = "tjDestroy")]
        public static partial int Destroy(nint handle);
    }
}
