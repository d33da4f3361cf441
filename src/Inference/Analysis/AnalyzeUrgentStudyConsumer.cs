using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>An urgent study version is complete: reads it as soon as a device is free.</summary>
public sealed class AnalyzeUrgentStudyConsumer(StudyVersionAnalysis analysis) : IConsumer<UrgentStudyCompleted>
{
    public Task Consume(ConsumeContext<UrgentStudyCompleted> context) => analysis.RunAsync(context.Message.StudyVersionId, urgent: true, context.CancellationToken);
}
