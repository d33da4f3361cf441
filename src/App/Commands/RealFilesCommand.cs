using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.RealFiles;
using EchoClr.Inference;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>real-files DATA --out FILE</c>: sends a folder of test files to a listener of its own, and writes a table of what was received, decoded and decided.</summary>
internal static class RealFilesCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = new Argument<string>("data") { Description = "Folder whose sub-folders hold the files, as shared/data" };
        var output = new Option<string?>("--out") { Description = "The Markdown file to write; standard output by default", HelpName = "FILE" };
        var command = new Command("real-files", "Writes what becomes of real files: received, decoded, decided, and why") { data, output };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var files = RealFile.List(parse.GetValue(data)!);
            var options = GlobalOptions.Load(parse).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>() ?? new InferenceOptions();
            var folder = Directory.CreateTempSubdirectory("echoclr-real-files-").FullName;
            try
            {
                await using var listener = await RealFilesListener.StartAsync(folder, cancellationToken);
                var text = RealFilesDocument.Write(await RealFilesRun.MakeAsync(terminal, files, listener, options, cancellationToken));
                if (parse.GetValue(output) is { } path)
                    await File.WriteAllTextAsync(path, text, cancellationToken);
                else
                    terminal.Line(text);
                return 0;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }
}
