using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>What the listener logs for operators, as text; not what its transport says when it is debugged.</summary>
internal sealed class LinesLogged : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public LinesLogged() => Factory = new LoggerFactory([this]);

    public LoggerFactory Factory { get; }

    public IReadOnlyCollection<string> Lines => _lines;

    public int Count(string word) => _lines.Count(line => line.Contains(word, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _lines.Enqueue(formatter(state, exception));
    }

    public void Dispose() => Factory.Dispose();
}
