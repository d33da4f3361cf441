using System.CommandLine;
using EchoClr.Phantom;
using EchoClr.Phantom.Studies;

namespace EchoClr.App.Commands;

/// <summary><c>phantom --patients N --seed S --out DIR</c>: synthetic studies with their truth; <c>--contact-sheet FILE --real DIR</c>: phantoms beside real cines, for the eye.</summary>
internal static class PhantomCommand
{
    private const int DefaultPatients = 4;
    private const int MaxPatients = 100_000; // PatientID and folder names have five digits

    public static Command Create(Terminal terminal)
    {
        var patients = new Option<int>("--patients") { Description = "how many patients, one study each", DefaultValueFactory = _ => DefaultPatients };
        patients.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxPatients)
                result.AddError($"--patients takes 1 to {MaxPatients}");
        });
        var seed = new Option<long>("--seed") { Description = "the same seed gives the same files", DefaultValueFactory = _ => 1 };
        var folder = new Option<string?>("--out") { Description = "folder for the studies, truth.csv and landmarks.csv" };
        var sheet = new Option<string?>("--contact-sheet") { Description = "instead of studies: a PNG of phantom frames beside real ones" };
        var real = new Option<string?>("--real") { Description = "folder with the real cines for --contact-sheet" };
        var json = CommonOptions.Json();
        var command = new Command("phantom", "Writes synthetic echo studies with known truth") { patients, seed, folder, sheet, real, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(sheet) is { } png)
            {
                await ContactSheet.WriteAsync(png, parse.GetValue(real) ?? throw new CommandException("--contact-sheet needs --real and the folder with real cines"), cancellationToken);
                terminal.Line(png);
                return 0;
            }
            var target = parse.GetValue(folder) ?? throw new CommandException("say where the studies shall be written: --out and a folder");
            await WriteAsync(terminal, target, PhantomCohort.Draw(parse.GetValue(patients), parse.GetValue(seed)), cancellationToken);
            var truth = Path.Combine(target, PhantomTruth.FileName);
            if (parse.GetValue(json))
                terminal.Json(new { Folder = target, Patients = parse.GetValue(patients), Seed = parse.GetValue(seed), Truth = truth });
            else
                terminal.Line($"synthetic studies of {parse.GetValue(patients)} patients are in {target}, their truth in {truth}");
            return 0;
        });
        return command;
    }

    /// <summary>Writes studies, with a bar.</summary>
    public static async Task WriteAsync(Terminal terminal, string folder, IReadOnlyList<PhantomPatient> patients, CancellationToken cancellationToken)
    {
        using var bar = new Progress(terminal, "rendering phantoms", TimeProvider.System);
        await PhantomCohort.WriteAsync(folder, patients, new SynchronousProgress<PhantomProgress>(progress => bar.Report(progress.Objects, progress.TotalObjects, "objects")), cancellationToken);
    }
}
