using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Commands;

/// <summary><c>ping AE@HOST:PORT</c>: C-ECHO as a client.</summary>
internal static class PingCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var from = CommonOptions.CallingAeTitle();
        var peer = new Argument<DicomPeer?>("peer") { Description = "AE@HOST:PORT", CustomParser = result => DicomAddress.ParseArgument(result, "ECHOCLR") };
        var tls = CommonOptions.Tls();
        var json = CommonOptions.Json();
        var command = new Command("ping", "Asks a DICOM peer whether it is there (C-ECHO)") { peer, from, json };
        tls.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var target = tls.Apply(parse, parse.GetValue(peer)! with { CallingAeTitle = parse.GetValue(from)! });
            try
            {
                var echo = await client.EchoAsync(target, cancellationToken);
                if (parse.GetValue(json))
                    terminal.Json(new { target.AeTitle, target.Host, target.Port, Status = $"{echo.Status.Code:X4}H", RoundTripMs = echo.RoundTrip.TotalMilliseconds });
                else
                    terminal.Line($"{target.AeTitle}@{target.Host}:{target.Port} answered {echo.Status} after {echo.RoundTrip.TotalMilliseconds:0.0} ms");
                return echo.Status.IsSuccess ? 0 : 1;
            }
            catch (DicomNetworkException e)
            {
                throw new CommandException($"{target.AeTitle}@{target.Host}:{target.Port} did not answer: {e.Message}; check the address and that the peer knows the AE title {target.CallingAeTitle}", e);
            }
        });
        return command;
    }
}
