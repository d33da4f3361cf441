using static EchoClr.Torch.torch;

namespace EchoClr.Torch.Modules;

/// <summary>Modules one after another; unnamed ones are called 0, 1, 2…</summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] modules;

    internal Sequential(nn.Module<Tensor, Tensor>[] modules) : this([.. modules.Select((module, index) => (index.ToString(), module))])
    {
    }

    internal Sequential((string Name, nn.Module<Tensor, Tensor> Module)[] modules) : base(nameof(Sequential))
    {
        this.modules = [.. modules.Select(entry => entry.Module)];
        foreach ((string name, nn.Module<Tensor, Tensor> module) in modules)
            register_module(name, module);
    }

    public int Count => modules.Length;

    /// <summary>Intermediate results are released as soon as the next module has used them; autograd keeps what it needs.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        foreach (nn.Module<Tensor, Tensor> module in modules)
        {
            Tensor next = module.call(x);
            if (x != input && x != next)
                x.Dispose();
            x = next;
        }
        return x;
    }
}
