using MassTransit;

namespace EchoClr.Inference.Analysis;

/// <summary>
/// A queue of studies to be read, urgent or not: as many at a time as there are devices to read them on, and none ahead, since what one worker held back another that is idle could have
/// read. Both queues share the devices by <see cref="DeviceTurns"/>.
/// </summary>
public sealed class AnalysisEndpoint<TConsumer> : ConsumerDefinition<TConsumer> where TConsumer : class, IConsumer
{
    public AnalysisEndpoint(InferenceOptions options)
    {
        ConcurrentMessageLimit = options.Analysis.Concurrency;
        Endpoint(queue => queue.PrefetchCount = options.Analysis.Concurrency);
    }
}
