using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EchoClr.Torch.Utils;

namespace EchoClr.Torch;

public static partial class torch
{
    /// <summary>A tensor of libtorch. Dispose it, or make it inside a <see cref="DisposeScope"/>; the finalizer is only the last net.</summary>
    public partial class Tensor : IDisposable
    {
        internal Tensor(TensorHandle handle)
        {
            Safe = handle;
            Scope = DisposeScope.Current;
            Scope?.Add(this);
        }

        internal TensorHandle Safe { get; }

        internal DisposeScope? Scope { get; set; }

        /// <summary>Native tensors alive in this process, whoever holds them.</summary>
        public static long TotalCount => Native.tensor_live_count();

        /// <summary>The most that <see cref="TotalCount"/> has been.</summary>
        public static long PeakCount => Native.tensor_peak_count();

        public bool IsInvalid => Safe.IsInvalid || Safe.IsClosed;

        public ScalarType dtype
        {
            get
            {
                TorchException.ThrowIf(Native.tensor_dtype(Safe, out int type));
                return (ScalarType)type;
            }
        }

        public long ndim
        {
            get
            {
                TorchException.ThrowIf(Native.tensor_ndim(Safe, out long count));
                return count;
            }
        }

        public long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                TorchException.ThrowIf(Native.tensor_shape(Safe, sizes, sizes.Length));
                return sizes;
            }
        }

        public bool is_leaf
        {
            get
            {
                TorchException.ThrowIf(Native.tensor_is_leaf(Safe, out int leaf));
                return leaf != 0;
            }
        }

        public long dim() => ndim;

        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        public long[] size() => shape;

        public long numel() => shape.Aggregate(1L, (product, size) => product * size);

        public bool is_contiguous()
        {
            TorchException.ThrowIf(Native.tensor_is_contiguous(Safe, out int contiguous));
            return contiguous != 0;
        }

        /// <summary>A copy of the elements in row-major order, to read; <typeparamref name="T"/> must be the dtype's own type.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            int width = Unsafe.SizeOf<T>();
            if (width != dtype.ElementSize())
                throw new ArgumentException($"a {dtype} tensor does not hold {typeof(T).Name}");
            var elements = new T[numel()];
            Span<byte> target = MemoryMarshal.AsBytes(elements.AsSpan());
            TorchException.ThrowIf(Native.tensor_to_bytes(Safe, target, target.Length));
            return new TensorAccessor<T>(elements);
        }

        /// <summary>The one element of a tensor that has one.</summary>
        public T item<T>() where T : unmanaged
        {
            T[] elements = data<T>().ToArray();
            return elements.Length == 1 ? elements[0] : throw new ArgumentException($"item() on a tensor of {elements.Length} elements");
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (!disposing)
                return;
            Scope?.Remove(this);
            Scope = null;
            Safe.Dispose();
        }

        public override string ToString() => IsInvalid ? "disposed tensor" : $"[{string.Join("x", shape)}], type = {dtype}, device = cpu";

        internal static Tensor From(nint error, TensorHandle result)
        {
            TorchException.ThrowIf(error);
            return new Tensor(result);
        }

        /// <summary>In-place operations return this, not a second reference.</summary>
        private Tensor Self(nint error, TensorHandle result)
        {
            TorchException.ThrowIf(error);
            result.Dispose();
            return this;
        }

        internal static TensorHandle OrNone(Tensor? tensor) => tensor?.Safe ?? TensorHandle.None;
    }
}
