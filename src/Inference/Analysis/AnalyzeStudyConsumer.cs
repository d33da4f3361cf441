using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>A study version is complete: reads it.</summary>
public sealed class AnalyzeStudyConsumer(StudyVersionAnalysis analysis) : IConsumer<StudyCompleted>
{
    public Task Consume(ConsumeContext<StudyCompleted> context) => analysis.RunAsync(context.Message.StudyVersionId, context.CancellationToken);
}

/// <summary>As many studies at a time as there are devices to read them on.</summary>
public sealed class AnalyzeStudyConsumerDefinition : ConsumerDefinition<AnalyzeStudyConsumer>
{
    public AnalyzeStudyConsumerDefinition(InferenceOptions options) => ConcurrentMessageLimit = options.Analysis.Concurrency;
}
