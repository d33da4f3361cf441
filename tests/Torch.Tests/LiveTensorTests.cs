namespace EchoClr.Torch.Tests;

public sealed class LiveTensorTests
{
    [Fact]
    public void TrainingSteps_InAScope_LeaveNoTensorBehind()
    {
        using nn.Module<Tensor, Tensor> model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2));
        using optim.Optimizer optimizer = optim.AdamW(model.parameters());
        Step(model, optimizer);
        long before = Tensor.TotalCount;

        for (int i = 0; i < 20; i++)
            Step(model, optimizer);

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Module_Disposed_FreesParametersAndBuffers()
    {
        long before = Tensor.TotalCount;

        using (DisposeScope scope = NewDisposeScope())
        {
            nn.Module<Tensor, Tensor> model;
            using (DisposeScope inner = NewDisposeScope())
                model = nn.Sequential(nn.Conv3d(1, 2, 3), nn.BatchNorm3d(2));
            Assert.Equal(7, Tensor.TotalCount - before); // weight, bias; weight, bias, mean, var, count: a module outlives the scope it was made in
            model.Dispose();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Scope_MoveToOuter_KeepsOnlyTheResult()
    {
        long before = Tensor.TotalCount;
        Tensor result;
        using (DisposeScope scope = NewDisposeScope())
            result = (ones(2) + 1).mul(3).MoveToOuterDisposeScope();

        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.Equal(12, result.sum().ToDouble());
        result.Dispose();
    }

    [Fact]
    public void Finalizer_OfForgottenTensors_FreesThem()
    {
        long before = Tensor.TotalCount;
        Forget();
        Assert.True(Tensor.TotalCount > before);

        for (int i = 0; i < 10 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(Tensor.TotalCount <= before, "forgotten tensors are still alive");
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget()
    {
        for (int i = 0; i < 32; i++)
            _ = ones(4);
    }

    private static void Step(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        Tensor loss = nn.functional.cross_entropy(model.call(randn(4, 8)), tensor([0L, 1, 0, 1]));
        loss.backward();
        nn.utils.clip_grad_norm_(model.parameters(), 1);
        optimizer.step();
    }
}
