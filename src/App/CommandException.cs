namespace EchoClr.App;

/// <summary>A command cannot do what was asked. The message is one sentence: the reason, then the mend.</summary>
internal sealed class CommandException : Exception
{
    public CommandException(string message) : base(message) { }
    public CommandException(string message, Exception innerException) : base(message, innerException) { }
    public CommandException() { }
}
