using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>An urgent study version is complete: reads it as soon as a device is free.</summary>
public sealed class AnalyzeUrgentStudyConsumer(StudyVersionAnalysis analysis) : IConsumer<UrgentStudyCompleted>
{
    public Task Consume(ConsumeContext<UrgentStudyCompleted> context) => analysis.RunAsync(context.Message.StudyVersionId, urgent: true, context.CancellationToken);
}

/// <summary>The same limits as for the others: both queues share the devices by <see cref="DeviceTurns"/>.</summary>
public sealed class AnalyzeUrgentStudyConsumerDefinition : ConsumerDefinition<AnalyzeUrgentStudyConsumer>
{
    public AnalyzeUrgentStudyConsumerDefinition(InferenceOptions options)
    {
        ConcurrentMessageLimit = options.Analysis.Concurrency;
        Endpoint(queue => queue.PrefetchCount = options.Analysis.Concurrency);
    }
}
