namespace EchoClr.Torch.Tests;

public sealed class TrainingTests
{
    [Fact]
    public void Backward_OfAPolynomial_GivesItsDerivative()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor([2f, -1f]).requires_grad_();

        (x.pow(3) + x * 5).sum().backward();

        Assert.Equal([17f, 8f], x.grad!.data<float>().ToArray());
        Assert.True(x.is_leaf);
    }

    [Fact]
    public void Modes_NoGradAndInferenceMode_EndWithTheirScope()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones([1], requires_grad: true);

        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
        }
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.True(is_grad_enabled());
        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void AdamW_ThreeSteps_MatchesLoshchilovAndHutter()
    {
        const double lr = 0.1, beta1 = 0.9, beta2 = 0.99, eps = 1e-8, decay = 0.2;
        using Tensor start = tensor([1f]);
        using var parameter = new Parameter(start);
        using AdamW optimizer = optim.AdamW([parameter], lr, beta1, beta2, eps, decay);
        double w = 1, m = 0, v = 0, rate = lr;
        for (int step = 1; step <= 3; step++)
        {
            rate = lr / step;
            optimizer.ParamGroups.Single().LearningRate = rate;
            using (DisposeScope scope = NewDisposeScope())
            {
                optimizer.zero_grad();
                (parameter * parameter * 3).sum().backward();
                optimizer.step();
            }
            double gradient = 6 * w;
            m = beta1 * m + (1 - beta1) * gradient;
            v = beta2 * v + (1 - beta2) * gradient * gradient;
            w -= rate * decay * w;
            w -= rate * (m / (1 - Math.Pow(beta1, step))) / (Math.Sqrt(v / (1 - Math.Pow(beta2, step))) + eps);
            Assert.Equal(w, parameter.item<float>(), 5);
        }
    }

    [Fact]
    public void AdamW_StateMovedToAnotherOptimiser_GoesOnToTheSameBits()
    {
        using Tensor start = tensor([1f, -2f]), other = tensor([3f]);
        using var one = new Parameter(start.clone());
        using var idle = new Parameter(other.clone());
        using AdamW first = optim.AdamW([one, idle], lr: 0.1, weight_decay: 0.1);
        for (int i = 0; i < 3; i++)
            Step(first, one);
        using var two = new Parameter(one.detach().clone());
        using var idleToo = new Parameter(other.clone());
        using AdamW second = optim.AdamW([two, idleToo], lr: 0.1, weight_decay: 0.1);

        optim.StateDictionary state = first.state_dict();
        second.load_state_dict(state);

        Assert.Equal(3, Assert.IsType<AdamW.State>(state.State[0]).step);
        Assert.Null(state.State[1]); // it never had a gradient
        Step(first, one);
        Step(second, two);
        Assert.Equal(one.data<float>().ToArray(), two.data<float>().ToArray());

        static void Step(AdamW optimizer, Parameter parameter)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.zero_grad();
            parameter.pow(3).sum().backward();
            optimizer.step();
        }
    }

    [Fact]
    public void ClipGradNorm_LongGradient_IsScaledToTheBound()
    {
        using DisposeScope scope = NewDisposeScope();
        using var parameter = new Parameter(zeros(2));
        (parameter * tensor([3f, 4f])).sum().backward();

        Assert.Equal(5, nn.utils.clip_grad_norm_([parameter], 1), 4);
        Assert.Equal([0.6f, 0.8f], parameter.grad!.data<float>().ToArray().Select(value => MathF.Round(value, 4)));
    }

    [Fact]
    public void Module_NestedFields_AreNamedAsInPyTorch()
    {
        using var model = new Small();

        Assert.Equal(["trunk.0.weight", "trunk.1.weight", "trunk.1.bias", "fc.weight", "fc.bias"], model.named_parameters().Select(entry => entry.name));
        Assert.Equal(
            ["trunk.1.running_mean", "trunk.1.running_var", "trunk.1.num_batches_tracked"], model.named_buffers().Select(entry => entry.name));
    }

    [Fact]
    public void LoadStateDict_OtherModel_CopiesOrRefuses()
    {
        manual_seed(0);
        using var one = new Small();
        using var two = new Small();
        using Tensor input = randn(2, 1, 3, 4, 4);
        one.eval();
        two.eval();

        two.load_state_dict(one.state_dict());

        using Tensor expected = one.call(input), actual = two.call(input);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());

        Dictionary<string, Tensor> lacking = one.state_dict();
        lacking.Remove("fc.bias");
        Assert.Contains("missing [fc.bias]", Assert.Throws<InvalidOperationException>(() => two.load_state_dict(lacking)).Message, StringComparison.Ordinal);
        Assert.Equal(["fc.bias"], two.load_state_dict(lacking, strict: false).missing_keys);
    }

    private sealed class Small : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential trunk = nn.Sequential(nn.Conv3d(1, 2, 3, padding: 1, bias: false), nn.BatchNorm3d(2), nn.ReLU());
        private readonly Linear fc = nn.Linear(2, 1);

        internal Small() : base(nameof(Small)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(trunk.call(input).mean([2, 3, 4]));
    }
}
