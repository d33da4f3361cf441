using System.CommandLine;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Commands;

/// <summary>How a command calls its peer by TLS: any of these options asks for it, and <c>--tls-trust</c> is needed then.</summary>
internal sealed class TlsOptions
{
    private readonly Option<string?> trust = new("--tls-trust") { Description = "Call by TLS; PEM file of the certificates that we trust", HelpName = "FILE" };
    private readonly Option<string?> certificate = new("--tls-cert") { Description = "Our certificate (PEM or PKCS #12)", HelpName = "FILE" };
    private readonly Option<string?> key = new("--tls-key") { Description = "Its private key (PEM), where it is not in the same file", HelpName = "FILE" };
    private readonly Option<string?> peer = new("--tls-peer") { Description = "The certificate that the peer must show: subject:…, name:… or sha256:…; by default it must bear the host's name", HelpName = "RULE" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[trust, certificate, key, peer])
            command.Options.Add(option);
    }

    /// <summary>The peer with what the command line says of TLS.</summary>
    public DicomPeer Apply(ParseResult parse, DicomPeer target)
    {
        if (parse.GetValue(trust) is null && parse.GetValue(certificate) is null && parse.GetValue(key) is null && parse.GetValue(peer) is null)
            return target;
        var files = new TlsPeerFiles { TrustFile = parse.GetValue(trust) ?? "", CertificateFile = parse.GetValue(certificate), KeyFile = parse.GetValue(key), PeerCertificate = parse.GetValue(peer) };
        try
        {
            files.Validate("--tls", ownCertificate: false);
        }
        catch (ArgumentException)
        {
            throw new CommandException("TLS needs --tls-trust with the certificates that we trust; --tls-key needs --tls-cert; --tls-peer is subject:…, name:… or sha256:…");
        }
        return target with { Tls = files };
    }
}
