using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace EchoClr.EndToEnd;

/// <summary>Hears all that a process says to the outside besides DICOM and pages: log entries with their parts and exceptions, traces with their tags, metrics with theirs, messages on the bus.</summary>
internal sealed class EverythingSaid : ILoggerProvider, ISupportExternalScope, IPublishObserver, IDisposable
{
    private readonly ActivityListener _traces;
    private readonly MeterListener _metrics;
    private IExternalScopeProvider? _scopes;

    public EverythingSaid()
    {
        _traces = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => Traces.Enqueue(string.Join('|', (string?[])
            [
                activity.DisplayName, activity.StatusDescription, .. activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. activity.Baggage.Select(item => $"{item.Key}={item.Value}"),
                .. activity.Events.SelectMany(e => e.Tags.Select(tag => $"{e.Name}: {tag.Key}={tag.Value}")),
            ])),
        };
        ActivitySource.AddActivityListener(_traces);
        _metrics = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        _metrics.SetMeasurementEventCallback<long>(Measure);
        _metrics.SetMeasurementEventCallback<int>(Measure);
        _metrics.SetMeasurementEventCallback<double>(Measure);
        _metrics.Start();
    }

    public ConcurrentQueue<string> Log { get; } = [];
    public ConcurrentQueue<string> Traces { get; } = [];
    public ConcurrentQueue<string> Metrics { get; } = [];
    public ConcurrentQueue<string> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public Task PrePublish<T>(PublishContext<T> context) where T : class
    {
        Messages.Enqueue($"{typeof(T).Name} {JsonSerializer.Serialize(context.Message)} {string.Join('|', context.Headers.Select(header => $"{header.Key}={header.Value}"))}");
        return Task.CompletedTask;
    }

    public Task PostPublish<T>(PublishContext<T> context) where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }

    private void Measure<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) where T : struct
    {
        var text = instrument.Name;
        foreach (var tag in tags)
            text += $"|{tag.Key}={tag.Value}";
        Metrics.Enqueue(text);
    }

    private sealed class Logger(EverythingSaid all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => all._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = $"{logLevel} {category} {formatter(state, exception)} {exception}";
            if (state is IEnumerable<KeyValuePair<string, object?>> parts)
                text += string.Join('|', parts.Select(part => $"{part.Key}={part.Value}"));
            all._scopes?.ForEachScope((scope, _) => text += $" scope {scope}", "");
            all.Log.Enqueue(text);
        }
    }
}
