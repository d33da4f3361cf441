using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Reporting;

/// <summary>An analysis is persisted: writes what is to be sent of it, findings or the reason why there are none.</summary>
public sealed class WriteReportConsumer(ReportWriter writer) : IConsumer<StudyAnalyzed>, IConsumer<StudyNotAnalyzed>
{
    public Task Consume(ConsumeContext<StudyAnalyzed> context) => writer.WriteAsync(context.Message.AnalysisId, context.CancellationToken);

    public Task Consume(ConsumeContext<StudyNotAnalyzed> context) => writer.WriteAsync(context.Message.AnalysisId, context.CancellationToken);
}

/// <summary>One at a time: painting a saliency cine keeps a core and a decoder process busy.</summary>
public sealed class WriteReportConsumerDefinition : ConsumerDefinition<WriteReportConsumer>
{
    public WriteReportConsumerDefinition() => ConcurrentMessageLimit = 1;
}
