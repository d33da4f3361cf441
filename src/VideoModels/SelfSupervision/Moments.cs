namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>AdamW's memory of one parameter: steps taken, and the running means of its gradient and of its square.</summary>
/// <param name="owner">Ends the tensors, where they are copies.</param>
internal sealed class Moments(long step, Tensor average, Tensor square, IDisposable? owner = null) : IDisposable
{
    public long Step => step;

    public Tensor Average => average;

    public Tensor Square => square;

    public void Dispose() => owner?.Dispose();
}
