using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Codecs;

/// <summary>The worker's memory file, mapped for reading. It has no name: the kernel frees it when neither process holds it, however they ended.</summary>
internal sealed unsafe partial class SharedPixels : MemoryManager<byte>
{
    // linux/fcntl.h
    private const int GetSeals = 1034;
    private const int SealSeal = 1, SealShrink = 2, SealWrite = 8;

    private const int Sequential = 2; // MADV_SEQUENTIAL

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int length;
    private byte* pointer;

    private SharedPixels(FileStream stream, int length)
    {
        this.length = length;
        file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _ = Advise(pointer, (nuint)length, Sequential); // read from beginning to end: the kernel need not note each page as used
        GC.AddMemoryPressure(length);
    }

    /// <summary>
    /// Opens what the worker offers, and believes nothing it says: a file that could still shrink would kill this process by SIGBUS, one that could
    /// still be written would change under the reader, so a worker taken over by a hostile file must not be able to hand over either.
    /// </summary>
    public static SharedPixels Open(int processId, int descriptor, long length)
    {
        if (length is <= 0 or > int.MaxValue)
            throw new CodecException($"{length} bytes of pixels are not between 1 and {int.MaxValue}");
        FileStream stream;
        try
        {
            stream = new FileStream($"/proc/{processId}/fd/{descriptor}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CodecException("the decoder's memory cannot be opened: it died after its answer");
        }
        try
        {
            const int Required = SealSeal | SealShrink | SealWrite;
            if ((FileControl(stream.SafeFileHandle, GetSeals) & Required) != Required || stream.Length != length)
                throw new CodecException("the decoder's memory is not as it says");
            return new SharedPixels(stream, (int)length);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(pointer is null, typeof(DecodedFrames));
        return new Span<byte>(pointer, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

    public override void Unpin()
    {
        // Mapped memory does not move.
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing || pointer is null)
            return;
        pointer = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
        GC.RemoveMemoryPressure(length);
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeFileHandle descriptor, int command);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
