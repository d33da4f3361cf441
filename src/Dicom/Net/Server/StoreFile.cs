using System.Buffers;
using System.Security.Cryptography;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Server;

/// <summary>
/// A Part 10 file that grows with the wire: preamble and meta header first, then the data set's bytes untouched, hashed on the way. A disk that fails
/// is remembered and the rest of the data set thrown away, so that the peer can be answered instead of cut off.
/// </summary>
internal sealed class StoreFile : IDatasetSink, IDisposable
{
    private readonly DirectFile _file;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private StoreFile(string path, DirectFile file, byte[] head)
    {
        (Path, _file, DatasetOffset) = (path, file, head.Length);
        file.Append(head);
    }

    public string Path { get; }

    public long DatasetOffset { get; }

    public long DatasetLength => _file.Length - DatasetOffset;

    /// <summary>What the disk said, if it said anything.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Makes the file; an existing one is never overwritten.</summary>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public static StoreFile Create(string path, StoreRequest request)
    {
        var file = DirectFile.Create(path);
        try
        {
            return new StoreFile(path, file, Head(request));
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    public void Write(in ReadOnlySequence<byte> fragment)
    {
        if (Failure is not null)
            return;
        try
        {
            foreach (var segment in fragment)
            {
                _sha256.AppendData(segment.Span);
                _file.Append(segment.Span);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e;
        }
    }

    /// <summary>Writes what is left, when all of the data set has come, and closes the file.</summary>
    public void Complete()
    {
        try
        {
            if (Failure is null)
                _file.Complete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e;
        }
    }

    /// <summary>What the complete file holds. Its beginning is there until this is disposed.</summary>
    public ReceivedInstance Describe(StoreRequest request) =>
        new(request, Path, DatasetOffset, DatasetLength, Convert.ToHexStringLower(_sha256.GetHashAndReset())) { Beginning = _file.Beginning };

    /// <summary>Closes the file and removes it, unless somebody has moved it away.</summary>
    public void Dispose()
    {
        _file.Dispose();
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
