using System.CommandLine;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.App;

/// <summary>The program: one file a command in <c>Commands</c>; an error is one sentence on standard error and a non-zero exit code.</summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int Interrupted = 130; // 128 + SIGINT, as shells say it

    /// <summary>After SIGINT or SIGTERM: long enough to drain associations and to end a PACS and a broker.</summary>
    internal static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(45);

    public static RootCommand Build(Terminal terminal)
    {
        var root = new RootCommand("EchoClr: echo studies in from a PACS, findings for aortic stenosis and left ventricular hypertrophy back as structured reports. Research use only, not for diagnosis.");
        GlobalOptions.AddTo(root);
        var client = DicomNetwork.CreateClient(new DicomClientOptions(), TimeProvider.System);
        root.Subcommands.Add(UpCommand.Create(terminal));
        root.Subcommands.Add(UpCommand.CreateRun(terminal));
        root.Subcommands.Add(DemoCommand.Create(terminal, client));
        root.Subcommands.Add(TestCommand.Create(terminal));
        root.Subcommands.Add(BenchCommand.Create(terminal, client));
        root.Subcommands.Add(SendCommand.Create(terminal, client));
        root.Subcommands.Add(PingCommand.Create(terminal, client));
        root.Subcommands.Add(AnalyzeCommand.Create(terminal));
        root.Subcommands.Add(WorklistCommand.Create(terminal));
        root.Subcommands.Add(StudyCommand.Create(terminal));
        root.Subcommands.Add(ReportCommand.Create(terminal));
        root.Subcommands.Add(ParkedCommand.Create(terminal));
        root.Subcommands.Add(SendersCommand.Create(terminal));
        root.Subcommands.Add(DriftCommand.Create(terminal));
        root.Subcommands.Add(WithdrawCommand.Create(terminal));
        root.Subcommands.Add(DestinationsCommand.Create(terminal));
        root.Subcommands.Add(UsersCommand.Create(terminal));
        root.Subcommands.Add(TokensCommand.Create(terminal));
        root.Subcommands.Add(AuditCommand.Create(terminal));
        root.Subcommands.Add(ModelsCommand.Create(terminal));
        root.Subcommands.Add(LabelsCommand.Create(terminal));
        root.Subcommands.Add(ScheduleCommand.Create(terminal));
        root.Subcommands.Add(PhantomCommand.Create(terminal));
        root.Subcommands.Add(RealFilesCommand.Create(terminal));
        root.Subcommands.Add(FineTuneCommand.Create(terminal));
        root.Subcommands.Add(EvaluateCommand.Create(terminal));
        root.Subcommands.Add(ClipsCommand.Create(terminal));
        root.Subcommands.Add(PretrainCommand.Create(terminal));
        root.Subcommands.Add(ExperimentCommand.Create(terminal));
        root.Subcommands.Add(TrainingCommand.Create(terminal));
        root.Subcommands.Add(BackupCommand.Create(terminal));
        root.Subcommands.Add(BackupCommand.CreateRestore(terminal));
        root.Subcommands.Add(ConfigCommand.Create(terminal));
        root.Subcommands.Add(MigrateCommand.Create(terminal));
        root.Subcommands.Add(DoctorCommand.Create(terminal, client));
        root.Subcommands.Add(ConformanceCommand.Create(terminal));
        return root;
    }

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        try
        {
            return await Build(terminal).Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationTimeout });
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (CommandException e)
        {
            terminal.Note($"echoclr: {e.Message}");
            return Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Note($"echoclr: {e.Message}");
            return Failed;
        }
    }
}
