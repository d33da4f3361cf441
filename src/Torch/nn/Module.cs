using System.Reflection;
using EchoClr.Torch.Modules;

namespace EchoClr.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A layer or a network: named parameters, buffers and children. Names are PyTorch checkpoint keys.</summary>
        public abstract class Module : IDisposable
        {
            private readonly string name;
            private readonly List<(string Name, Parameter Parameter)> ownParameters = [];
            private readonly List<(string Name, Tensor Buffer)> ownBuffers = [];
            private readonly List<(string Name, Module Module)> ownChildren = [];

            protected Module(string name) => this.name = name;

            public bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach ((_, Module child) in ownChildren)
                    child.train(train);
            }

            public virtual void eval() => train(false);

            /// <summary>Drops all gradients.</summary>
            public virtual void zero_grad()
            {
                foreach (Parameter parameter in parameters())
                    parameter.ClearGrad();
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            public virtual void register_buffer(string name, Tensor tensor)
            {
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor));
            }

            public virtual void register_module(string name, Module submodule) => ownChildren.Add((name, submodule));

            public virtual IEnumerable<(string name, Module module)> named_children() => ownChildren;

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Named(module => module.ownParameters.Select(entry => (entry.Name, entry.Parameter)), recurse);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true) =>
                Named(module => module.ownBuffers.Select(entry => (entry.Name, entry.Buffer)), recurse);

            /// <summary>All parameters and buffers by checkpoint key; the tensors are the module's own, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict()
            {
                var state = new Dictionary<string, Tensor>();
                foreach ((string key, Parameter parameter) in named_parameters())
                    state.Add(key, parameter);
                foreach ((string key, Tensor buffer) in named_buffers())
                    state.Add(key, buffer);
                return state;
            }

            /// <summary>Copies values in. <paramref name="strict"/>: every key must have its partner, or nothing is changed.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keys) load_state_dict(Dictionary<string, Tensor> source, bool strict = true)
            {
                Dictionary<string, Tensor> own = state_dict();
                string[] missing = [.. own.Keys.Where(key => !source.ContainsKey(key))];
                string[] unexpected = [.. source.Keys.Where(key => !own.ContainsKey(key))];
                if (strict && (missing.Length > 0 || unexpected.Length > 0))
                    throw new InvalidOperationException($"the state does not fit {name}: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}]");
                foreach ((string key, Tensor target) in own)
                {
                    if (source.TryGetValue(key, out Tensor? value) && !value.shape.AsSpan().SequenceEqual(target.shape))
                        throw new InvalidOperationException($"{key} has shape [{string.Join(", ", value.shape)}], {name} wants [{string.Join(", ", target.shape)}]");
                }
                using IDisposable quiet = no_grad();
                foreach ((string key, Tensor target) in own)
                {
                    if (source.TryGetValue(key, out Tensor? value))
                        target.copy_(value);
                }
                return (missing, unexpected);
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Registers every field that is a module, a parameter or a tensor under the field's name. Call it last in a constructor.</summary>
            protected virtual void RegisterComponents()
            {
                IEnumerable<FieldInfo> fields = GetType()
                    .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                    .OrderBy(field => field.MetadataToken); // declaration order, so that the order of parameters never varies
                foreach (FieldInfo field in fields)
                {
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;
                foreach ((_, Parameter parameter) in ownParameters)
                    parameter.Dispose();
                foreach ((_, Tensor buffer) in ownBuffers)
                    buffer.Dispose();
                foreach ((_, Module child) in ownChildren)
                    child.Dispose();
            }

            private IEnumerable<(string, T)> Named<T>(Func<Module, IEnumerable<(string, T)>> own, bool recurse)
            {
                foreach ((string, T) entry in own(this))
                    yield return entry;
                if (!recurse)
                    yield break;
                foreach ((string childName, Module child) in ownChildren)
                {
                    foreach ((string key, T value) in child.Named(own, true))
                        yield return ($"{childName}.{key}", value);
                }
            }
        }

        /// <summary>A module with one input and one output.</summary>
        public abstract class Module<T, TResult> : Module
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }
    }
}
