using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Delivery;

/// <summary>Results are written, or due again: takes each delivery of the analysis as far as it goes.</summary>
public sealed class DeliverReportConsumer(ReportDelivery delivery) : IConsumer<ReportWritten>
{
    public Task Consume(ConsumeContext<ReportWritten> context) => delivery.AdvanceAllAsync(context.Message.AnalysisId, context.CancellationToken);
}

/// <summary>A few at a time: a slow PACS must not keep the others waiting, and no PACS should be flooded.</summary>
public sealed class DeliverReportConsumerDefinition : ConsumerDefinition<DeliverReportConsumer>
{
    public DeliverReportConsumerDefinition() => ConcurrentMessageLimit = 4;
}
