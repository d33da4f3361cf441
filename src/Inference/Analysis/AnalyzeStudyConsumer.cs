using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>A study version is complete: reads it.</summary>
public sealed class AnalyzeStudyConsumer(StudyVersionAnalysis analysis) : IConsumer<StudyCompleted>
{
    public Task Consume(ConsumeContext<StudyCompleted> context) => analysis.RunAsync(context.Message.StudyVersionId, urgent: false, context.CancellationToken);
}
