using System.Buffers;
using System.Security.Cryptography;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Net.Server;

/// <summary>
/// A Part 10 file that grows with the wire: preamble and meta header first, then the data set's bytes untouched, hashed on the way. A disk that fails
/// is remembered and the rest of the data set thrown away, so that the peer can be answered instead of cut off.
/// </summary>
internal sealed class StoreFile : IDatasetSink, IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private long _end;

    private StoreFile(string path, SafeFileHandle handle, byte[] head)
    {
        (Path, _handle, DatasetOffset) = (path, handle, head.Length);
        RandomAccess.Write(handle, head, 0);
        _end = head.Length;
    }

    public string Path { get; }

    public long DatasetOffset { get; }

    public long DatasetLength => _end - DatasetOffset;

    /// <summary>What the disk said, if it said anything.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Makes the file; an existing one is never overwritten.</summary>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public static StoreFile Create(string path, StoreRequest request)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        try
        {
            return new StoreFile(path, handle, Head(request));
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
    }

    // One gathering write a fragment, straight from the receive buffers. It is synchronous on purpose: an asynchronous file write on Linux
    // is the same call on another pool thread.
    public void Write(in ReadOnlySequence<byte> fragment)
    {
        if (Failure is not null)
            return;
        _segments.Clear();
        foreach (var segment in fragment)
        {
            _sha256.AppendData(segment.Span);
            _segments.Add(segment);
        }
        try
        {
            RandomAccess.Write(_handle, _segments, _end);
            _end += fragment.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e;
        }
    }

    /// <summary>Closes the file and tells what it holds.</summary>
    public ReceivedInstance Finish(StoreRequest request)
    {
        _handle.Dispose();
        return new ReceivedInstance(request, Path, DatasetOffset, DatasetLength, Convert.ToHexStringLower(_sha256.GetHashAndReset()));
    }

    /// <summary>Closes the file and removes it, unless somebody has moved it away.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        _sha256.Dispose();
        File.Delete(Path);
    }

    private static byte[] Head(StoreRequest request)
    {
        var sourceAeTitle = request.CallingAeTitle.Length > 0 ? request.CallingAeTitle : null;
        using var head = new MemoryStream();
        DicomFile.WriteHeader(head, DicomFile.CreateMeta(request.SopClassUid, request.SopInstanceUid, TransferSyntax.Parse(request.TransferSyntaxUid), sourceAeTitle));
        return head.ToArray();
    }
}
