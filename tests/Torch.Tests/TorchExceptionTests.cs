namespace EchoClr.Torch.Tests;

public sealed class TorchExceptionTests
{
    [Fact]
    public void NativeError_ShapesThatDoNotMatch_BecomesAnExceptionWithLibtorchsMessage()
    {
        using Tensor left = ones(2, 3);
        using Tensor right = ones(4, 5);

        var error = Assert.Throws<TorchException>(() => left.matmul(right));

        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NativeError_LeavesNoTensorBehind()
    {
        using Tensor six = ones(6);
        long before = Tensor.TotalCount;

        for (int i = 0; i < 100; i++)
            Assert.Throws<TorchException>(() => six.reshape(4, 4));

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void FromBytes_WrongLength_IsRefused() =>
        Assert.Contains("wants 16 bytes, the data has 12", Assert.Throws<TorchException>(() => frombuffer(new byte[12], ScalarType.Float32, [2, 2])).Message, StringComparison.Ordinal);

    [Fact]
    public void DisposedTensor_IsRefusedAndDoesNotCrash()
    {
        Tensor gone = ones(1);
        gone.Dispose();

        Assert.Throws<ObjectDisposedException>(() => gone + 1);
        gone.Dispose();
    }
}
