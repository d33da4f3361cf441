using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Net.Server;

/// <summary>
/// A new file that is written once, from its beginning to its end, a mebibyte at a time, and past the page cache where the file system allows it: the object may be read again in a
/// minute or never, and to find pages for it, fill them and write them back costs more than all else that is done for it. Small files and the end of others go through the cache.
/// </summary>
internal sealed partial class DirectFile : IDisposable
{
    /// <summary>A cine of usual length in one request to the disk; every association that receives has one in memory.</summary>
    private const int PieceLength = 1 << 20;

    /// <summary>Of memory, offset and length: no disk's block is larger, and pages are as large.</summary>
    private const int Alignment = 4096;

    /// <summary>Up to here one request by way of the cache is cheaper than two, the second for the last bytes.</summary>
    private const int SmallFile = 128 * 1024;

    /// <summary>What is remembered of a longer file's beginning: most headers are shorter, and the pixels follow.</summary>
    private const int BeginningLength = 32 * 1024;

    /// <summary>Pieces kept for the next objects. A burst of more associations makes new ones.</summary>
    private const int MostIdle = 16;

    private const int InvalidArgument = 22; // EINVAL: the file system wants another alignment
    private const int SetFlags = 4;         // F_SETFL

    private static readonly ConcurrentStack<byte[]> Idle = [];

    private static readonly int DirectFlag = RuntimeInformation.ProcessArchitecture switch // O_DIRECT
    {
        Architecture.X64 or Architecture.X86 => 0x4000,
        Architecture.Arm64 or Architecture.Arm => 0x10000,
        _ => 0,
    };

    private readonly SafeFileHandle _handle;
    private readonly Memory<byte> _piece;
    private byte[]? _memory;
    private byte[]? _beginning;
    private int _filled;
    private long _written;
    private bool _isDirect;

    private DirectFile(SafeFileHandle handle)
    {
        _handle = handle;
        _memory = Idle.TryPop(out var idle) ? idle : GC.AllocateUninitializedArray<byte>(PieceLength + Alignment, pinned: true);
        var offset = (int)(-(long)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) & (Alignment - 1));
        _piece = _memory.AsMemory(offset, PieceLength);
    }

    public long Length { get; private set; }

    /// <summary>The first bytes: all of a file of one piece, some of a longer one. Gone after Dispose.</summary>
    public ReadOnlyMemory<byte> Beginning => _beginning ?? _piece[..(int)Length];

    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public static DirectFile Create(string path) => new(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read));

    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_filled == PieceLength)
            {
                _beginning ??= _piece.Span[..BeginningLength].ToArray();
                WriteDirectly(PieceLength);
                _filled = 0;
            }
            var count = Math.Min(bytes.Length, PieceLength - _filled);
            bytes[..count].CopyTo(_piece.Span[_filled..]);
            _filled += count;
            Length += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes what is left and closes the file. It is not flushed.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Complete()
    {
        var blocks = Length <= SmallFile ? 0 : _filled & ~(Alignment - 1);
        if (blocks > 0)
            WriteDirectly(blocks);
        if (_filled > blocks)
        {
            TrySetDirect(false);
            Write(_piece.Span[blocks.._filled]);
        }
        _handle.Dispose();
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (_memory is not null && Idle.Count < MostIdle)
            Idle.Push(_memory);
        _memory = null; // given back once
    }

    // Synchronous on purpose: an asynchronous file write on Linux is the same call on another pool thread.
    private void WriteDirectly(int length)
    {
        TrySetDirect(true);
        try
        {
            Write(_piece.Span[..length]);
        }
        catch (IOException e) when (_isDirect && e.HResult == InvalidArgument)
        {
            TrySetDirect(false);
            Write(_piece.Span[..length]);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, _written);
        _written += bytes.Length;
    }

    // A file system that cannot do it says so here, and the cache is as good.
    private void TrySetDirect(bool direct)
    {
        if (direct != _isDirect && DirectFlag != 0)
            _isDirect = FileControl(_handle, SetFlags, direct ? DirectFlag : 0) == 0 && direct;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(SafeFileHandle descriptor, int command, int flags);
}
