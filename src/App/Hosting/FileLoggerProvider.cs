using System.Text;
using Microsoft.Extensions.Logging;

namespace EchoClr.App.Hosting;

/// <summary>Writes log lines to a file, for the demonstration, whose terminal belongs to its progress and its table.</summary>
internal sealed class FileLoggerProvider(string path, TimeProvider time) : ILoggerProvider
{
    private readonly StreamWriter writer = new(path, append: false, new UTF8Encoding(false)) { AutoFlush = true };
    private readonly Lock gate = new();

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose() => writer.Dispose();

    private void Write(LogLevel level, string category, EventId eventId, string message, Exception? exception)
    {
        // One entry a line: a line break that a peer managed to bring into a message must not begin a forged one.
        var line = $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {category}[{eventId.Id}] {message.ReplaceLineEndings(" ")}";
        lock (gate)
            writer.WriteLine(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
    }

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, category, eventId, formatter(state, exception), exception);
    }
}
