using EchoClr.Shared.Contracts;
using MassTransit;

namespace EchoClr.Testing;

/// <summary>Hands what arrives to the test's <see cref="Inbox"/>.</summary>
public sealed class InboxConsumer(Inbox inbox) : IConsumer<StudyCompleted>
{
    public Task Consume(ConsumeContext<StudyCompleted> context) => inbox.DeliverAsync(context.Message.StudyVersionId);
}
