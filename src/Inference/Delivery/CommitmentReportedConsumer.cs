using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Inference.Delivery;

/// <summary>The listener recorded a storage commitment report: draws the conclusion.</summary>
public sealed class CommitmentReportedConsumer(CommitmentConclusion conclusion) : IConsumer<CommitmentReported>
{
    public Task Consume(ConsumeContext<CommitmentReported> context) => conclusion.DrawAsync(context.Message.TransactionUid, context.CancellationToken);
}

/// <summary>Short database work.</summary>
public sealed class CommitmentReportedConsumerDefinition : ConsumerDefinition<CommitmentReportedConsumer>
{
    public CommitmentReportedConsumerDefinition() => ConcurrentMessageLimit = 4;
}
