namespace EchoClr.Torch.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Data_ElementsInEveryBoundType_ComeBackAsTheyWent()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Equal([1.5f, -2f], tensor([1.5f, -2f]).data<float>().ToArray());
        Assert.Equal([1L, long.MinValue], tensor([1L, long.MinValue]).data<long>().ToArray());
        Assert.Equal([0, 255], tensor(new byte[] { 0, 255 }).data<byte>().ToArray());
        Assert.Equal([true, false], tensor([true, false]).data<bool>().ToArray());
        Assert.Equal([(Half)0.5f], tensor([0.5f]).to_type(ScalarType.Float16).data<Half>().ToArray());
        Assert.Equal(1.0078125f, tensor([1.01f]).to_type(ScalarType.BFloat16).to_type(ScalarType.Float32).item<float>()); // 8 bits of mantissa
    }

    [Fact]
    public void Data_WrongElementType_IsRefused()
    {
        using Tensor three = ones(3);

        Assert.Throws<ArgumentException>(() => three.data<long>());
        Assert.Throws<ArgumentException>(() => three.item<float>());
    }

    [Fact]
    public void Views_OfARange_ReadTheExpectedElements()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor range = arange(24, ScalarType.Float32).reshape(2, 3, 4);

        Assert.Equal([12f, 13, 14, 15], range.select(0, 1).select(0, 0).data<float>().ToArray());
        Assert.Equal([4, 3, 2], range.permute(2, 1, 0).shape);
        Assert.False(range.transpose(0, 1).is_contiguous());
        Assert.Equal([1f, 2, 5, 6, 9, 10], range.select(0, 0).narrow(1, 1, 2).contiguous().data<float>().ToArray());
        Assert.Equal([20f, 8], range.index_select(0, tensor([1L, 0L])).select(1, 2).select(1, 0).data<float>().ToArray());
        Assert.Equal([2, 12], range.flatten(1).shape);
        Assert.Equal([1, 24], range.view(-1).unsqueeze(0).shape);
        Assert.Equal([24], range.view(1, 24, 1).squeeze().shape);
        Assert.Equal([2, 2, 3, 4], stack([range, range]).shape);
        Assert.Equal([4, 3, 4], cat([range, range]).shape);
        Assert.Equal([5, 2], tensor([1f, 2f]).expand(5, 2).shape);
    }

    [Fact]
    public void Arithmetic_WithScalars_KeepsIntegersWhole()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor whole = tensor([7L]) * 2;

        Assert.Equal(ScalarType.Int64, whole.dtype);
        Assert.Equal(ScalarType.Float32, (whole * 0.5).dtype);
        Assert.Equal(7.5, (((tensor([3f]) - 1) * 8 - 1) / 2).ToDouble());
        Assert.Equal([1f, 2f, 3f], tensor([-5f, 2f, 9f]).clamp(1, 3).data<float>().ToArray());
        Assert.Equal([false, true], tensor([1f, 2f]).gt(1.5).data<bool>().ToArray());
    }

    [Fact]
    public void Reductions_MatchAPlainLoop()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = tensor([1f, 2f, 3f, 4f, 5f, 9f], 2, 3);

        Assert.Equal(24, matrix.sum().ToDouble());
        Assert.Equal([6f, 18f], matrix.sum(1).data<float>().ToArray());
        Assert.Equal([2.5f, 3.5f, 6f], matrix.mean([0]).data<float>().ToArray());
        Assert.Equal(9, matrix.max().ToDouble());
        Assert.Equal(1, matrix.min().ToDouble());
        Assert.Equal([2L, 2L], matrix.argmax(1).data<long>().ToArray());
        Assert.True(matrix.isfinite().all().ToBoolean());
        Assert.Equal(Math.Sqrt(8), matrix.std().ToDouble(), 5); // squared deviations 9+4+1+0+1+25 = 40, over 5
    }

    [Fact]
    public void InPlace_ReturnsTheSameTensor()
    {
        using Tensor one = ones(2);
        long before = Tensor.TotalCount;

        Assert.Same(one, one.add_(2).mul_(3));

        Assert.Equal([9f, 9f], one.data<float>().ToArray());
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void ManualSeed_SameSeed_SameNumbers()
    {
        using DisposeScope scope = NewDisposeScope();

        manual_seed(7);
        float[] first = randn(16).data<float>().ToArray();
        manual_seed(7);

        Assert.Equal(first, randn(16).data<float>().ToArray());
        Assert.NotEqual(first, randn(16).data<float>().ToArray());
    }
}
