namespace EchoClr.Torch;

#pragma warning disable CA2225 // The named alternates of the operators are PyTorch's: add, sub, mul, div, neg.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => From(Native.tensor_add(Safe, target.Safe, out TensorHandle result), result);
        public Tensor add(Scalar scalar) => From(Native.tensor_add_scalar(Safe, scalar.Value, out TensorHandle result), result);
        public Tensor sub(Tensor target) => From(Native.tensor_sub(Safe, target.Safe, out TensorHandle result), result);
        public Tensor sub(Scalar target) => From(Native.tensor_sub_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor mul(Tensor target) => From(Native.tensor_mul(Safe, target.Safe, out TensorHandle result), result);
        public Tensor mul(Scalar target) => From(Native.tensor_mul_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor div(Tensor target) => From(Native.tensor_div(Safe, target.Safe, out TensorHandle result), result);
        public Tensor div(Scalar target) => From(Native.tensor_div_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor pow(Tensor exponent) => From(Native.tensor_pow(Safe, exponent.Safe, out TensorHandle result), result);
        public Tensor pow(Scalar exponent) => From(Native.tensor_pow_scalar(Safe, exponent.Value, out TensorHandle result), result);
        public Tensor matmul(Tensor target) => From(Native.tensor_matmul(Safe, target.Safe, out TensorHandle result), result);

        public Tensor add_(Tensor target) => Self(Native.tensor_add_(Safe, target.Safe, out TensorHandle result), result);
        public Tensor add_(Scalar scalar) => Self(Native.tensor_add__scalar(Safe, scalar.Value, out TensorHandle result), result);
        public Tensor sub_(Tensor target) => Self(Native.tensor_sub_(Safe, target.Safe, out TensorHandle result), result);
        public Tensor sub_(Scalar target) => Self(Native.tensor_sub__scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor mul_(Tensor target) => Self(Native.tensor_mul_(Safe, target.Safe, out TensorHandle result), result);
        public Tensor mul_(Scalar target) => Self(Native.tensor_mul__scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor div_(Tensor target) => Self(Native.tensor_div_(Safe, target.Safe, out TensorHandle result), result);
        public Tensor div_(Scalar target) => Self(Native.tensor_div__scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor copy_(Tensor source) => Self(Native.tensor_copy_(Safe, source.Safe, out TensorHandle result), result);
        public Tensor fill_(Scalar value) => Self(Native.tensor_fill_(Safe, value.Value, out TensorHandle result), result);
        public Tensor zero_() => Self(Native.tensor_zero_(Safe, out TensorHandle result), result);
        public Tensor relu_() => Self(Native.tensor_relu_(Safe, out TensorHandle result), result);
        public Tensor normal_(double mean = 0, double std = 1) => Self(Native.tensor_normal_(Safe, mean, std, out TensorHandle result), result);
        public Tensor uniform_(double from, double to) => Self(Native.tensor_uniform_(Safe, from, to, out TensorHandle result), result);

        public Tensor neg() => From(Native.tensor_neg(Safe, out TensorHandle result), result);
        public Tensor abs() => From(Native.tensor_abs(Safe, out TensorHandle result), result);
        public Tensor exp() => From(Native.tensor_exp(Safe, out TensorHandle result), result);
        public Tensor log() => From(Native.tensor_log(Safe, out TensorHandle result), result);
        public Tensor sqrt() => From(Native.tensor_sqrt(Safe, out TensorHandle result), result);
        public Tensor relu() => From(Native.tensor_relu(Safe, out TensorHandle result), result);
        public Tensor sigmoid() => From(Native.tensor_sigmoid(Safe, out TensorHandle result), result);
        public Tensor softmax(long dim, ScalarType? dtype = null) => From(Native.nn_softmax(Safe, dim, Optional(dtype), out TensorHandle result), result);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => From(Native.nn_log_softmax(Safe, dim, Optional(dtype), out TensorHandle result), result);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            From(Native.tensor_clamp(Safe, min is null ? [] : [min.Value], max is null ? [] : [max.Value], out TensorHandle result), result);

        public Tensor isfinite() => From(Native.tensor_isfinite(Safe, out TensorHandle result), result);
        public Tensor eq(Tensor target) => From(Native.tensor_eq(Safe, target.Safe, out TensorHandle result), result);
        public Tensor eq(Scalar target) => From(Native.tensor_eq_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor ne(Tensor target) => From(Native.tensor_ne(Safe, target.Safe, out TensorHandle result), result);
        public Tensor ne(Scalar target) => From(Native.tensor_ne_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor lt(Tensor target) => From(Native.tensor_lt(Safe, target.Safe, out TensorHandle result), result);
        public Tensor lt(Scalar target) => From(Native.tensor_lt_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor le(Tensor target) => From(Native.tensor_le(Safe, target.Safe, out TensorHandle result), result);
        public Tensor le(Scalar target) => From(Native.tensor_le_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor gt(Tensor target) => From(Native.tensor_gt(Safe, target.Safe, out TensorHandle result), result);
        public Tensor gt(Scalar target) => From(Native.tensor_gt_scalar(Safe, target.Value, out TensorHandle result), result);
        public Tensor ge(Tensor target) => From(Native.tensor_ge(Safe, target.Safe, out TensorHandle result), result);
        public Tensor ge(Scalar target) => From(Native.tensor_ge_scalar(Safe, target.Value, out TensorHandle result), result);

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator -(Tensor tensor) => tensor.neg();

        internal static int Optional(ScalarType? dtype) => dtype is null ? -1 : (int)dtype;
    }
}
