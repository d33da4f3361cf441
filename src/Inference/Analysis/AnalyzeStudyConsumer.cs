using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>A study version is complete: reads it.</summary>
public sealed class AnalyzeStudyConsumer(StudyVersionAnalysis analysis) : IConsumer<StudyCompleted>
{
    public Task Consume(ConsumeContext<StudyCompleted> context) => analysis.RunAsync(context.Message.StudyVersionId, urgent: false, context.CancellationToken);
}

/// <summary>As many studies at a time as there are devices to read them on, and none ahead: what one worker held back, another that is idle could have read.</summary>
public sealed class AnalyzeStudyConsumerDefinition : ConsumerDefinition<AnalyzeStudyConsumer>
{
    public AnalyzeStudyConsumerDefinition(InferenceOptions options)
    {
        ConcurrentMessageLimit = options.Analysis.Concurrency;
        Endpoint(queue => queue.PrefetchCount = options.Analysis.Concurrency);
    }
}
