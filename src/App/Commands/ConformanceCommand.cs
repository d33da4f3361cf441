using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Conformance;

namespace EchoClr.App.Commands;

/// <summary><c>conformance</c>: the DICOM conformance statement of the configuration that <c>up</c> would run with, as Markdown.</summary>
internal static class ConformanceCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("conformance", "Prints the DICOM conformance statement of this configuration");
        command.SetAction(parse =>
        {
            try
            {
                foreach (var line in ConformanceStatement.Of(GlobalOptions.Load(parse)).TrimEnd('\n').Split('\n'))
                    terminal.Line(line);
                return 0;
            }
            catch (ArgumentException e)
            {
                throw new CommandException($"{e.Message}; mend the setting", e);
            }
        });
        return command;
    }
}
