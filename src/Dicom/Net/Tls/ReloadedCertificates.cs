using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>
/// A listener's certificates, read again when a file has changed since the last handshake. Half-written or wrong files change nothing: the old certificates serve until the new ones can be
/// read. Associations that stand go on with what they began with.
/// </summary>
internal sealed class ReloadedCertificates
{
    private readonly TlsFiles _files;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private TlsCertificates _current;
    private string _stamp;

    /// <exception cref="TlsException">At the start they must be right.</exception>
    public ReloadedCertificates(TlsFiles files, ILogger log)
    {
        (_files, _log) = (files, log);
        (_stamp, _current) = (Stamp(), TlsCertificates.Load(files));
    }

    public TlsCertificates Current()
    {
        lock (_lock)
        {
            var stamp = Stamp();
            if (stamp == _stamp)
                return _current;
            _stamp = stamp; // also where they cannot be read: said once, and tried again at the next change
            try
            {
                _current = TlsCertificates.Load(_files);
                _log.CertificatesReloaded(_current.Own!.NotAfter);
            }
            catch (TlsException e)
            {
                _log.CertificatesNotReloaded(e.Message);
            }
            return _current;
        }
    }

    private string Stamp() => string.Join('|', new[] { _files.CertificateFile, _files.KeyFile, _files.TrustFile }.OfType<string>().Select(file =>
    {
        var info = new FileInfo(file);
        return info.Exists ? $"{info.LastWriteTimeUtc.Ticks} {info.Length} {info.LinkTarget}" : "-";
    }));
}
