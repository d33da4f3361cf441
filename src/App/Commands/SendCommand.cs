using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Commands;

/// <summary><c>send PATH… --to AE@HOST:PORT</c>: C-STORE as a client.</summary>
internal static class SendCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var paths = new Argument<string[]>("path") { Description = "DICOM files, or folders of them", Arity = ArgumentArity.OneOrMore };
        var to = new Option<DicomPeer?>("--to") { Description = "AE@HOST:PORT", Required = true, CustomParser = result => DicomAddress.ParseArgument(result, "ECHOCLR") };
        var from = CommonOptions.CallingAeTitle();
        var tls = CommonOptions.Tls();
        var json = CommonOptions.Json();
        var command = new Command("send", "Sends DICOM files to a peer (C-STORE)") { paths, to, from, json };
        tls.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var target = tls.Apply(parse, parse.GetValue(to)! with { CallingAeTitle = parse.GetValue(from)! });
            var results = await SendAsync(terminal, client, target, DicomFiles.Expand(parse.GetValue(paths)!), cancellationToken);
            var failed = results.Where(result => !result.Stored).ToList();
            if (parse.GetValue(json))
                terminal.Json(results.Select(result => new { result.File, result.SopInstanceUid, Status = result.Status?.ToString(), result.Error, result.Stored }));
            else
            {
                foreach (var result in failed)
                    terminal.Line($"{result.File}: {result.Error ?? result.Status?.ToString() ?? "not sent"}");
                terminal.Line($"{results.Count - failed.Count} stored, {failed.Count} not stored");
            }
            return failed.Count == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary>Sends over one association, with a bar.</summary>
    public static async Task<IReadOnlyList<StoreResult>> SendAsync(Terminal terminal, IDicomClient client, DicomPeer target, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using var bar = new Progress(terminal, $"sending to {target.AeTitle}", TimeProvider.System);
        var sent = 0;
        var progress = new SynchronousProgress<StoreResult>(_ => bar.Report(Interlocked.Increment(ref sent), files.Count, "files"));
        try
        {
            return await client.StoreAsync(target, files, progress, cancellationToken);
        }
        catch (DicomNetworkException e)
        {
            throw new CommandException($"{target.AeTitle}@{target.Host}:{target.Port} did not take the files: {e.Message}; try ./echoclr ping first", e);
        }
    }
}
