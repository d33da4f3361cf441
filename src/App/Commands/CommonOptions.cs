using System.CommandLine;

namespace EchoClr.App.Commands;

/// <summary>Options that several commands share, each made anew: an option belongs to one command.</summary>
internal static class CommonOptions
{
    /// <summary>Who decides, for the rows and the audit trail; the login name stands beside it there.</summary>
    public static Option<string> By() => new("--by") { Description = "Who decides this", DefaultValueFactory = _ => Environment.UserName, HelpName = "NAME" };

    public static Option<bool> Json() => new("--json") { Description = "Machine-readable output" };

    public static Option<string> CallingAeTitle() => new("--from") { Description = "The AE title that we call with", DefaultValueFactory = _ => "ECHOCLR", HelpName = "AE" };

    public static TlsOptions Tls() => new();
}
