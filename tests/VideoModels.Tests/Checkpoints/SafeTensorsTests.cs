using System.Buffers.Binary;
using System.Text;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Tests.Checkpoints;

public sealed class SafeTensorsTests
{
    [Fact]
    public void WriteRead_EveryStoredType_RoundTrips()
    {
        using DisposeScope scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["fc.weight"] = randn(3, 5),
            ["half"] = randn(4).to_type(ScalarType.Float16),
            ["brain"] = randn(2, 2).to_type(ScalarType.BFloat16),
            ["count"] = tensor([42L]).reshape(),
            ["none"] = zeros([0, 3]),
        };

        Dictionary<string, Tensor> read = SafeTensors.Read(Bytes(tensors));

        Assert.Equal(tensors.Keys.Order(), read.Keys.Order());
        foreach ((string name, Tensor tensor) in tensors)
        {
            Assert.Equal(tensor.dtype, read[name].dtype);
            Assert.Equal(tensor.shape, read[name].shape);
            Assert.True(tensor.eq(read[name]).all().ToBoolean(), name);
        }
    }

    [Fact]
    public void Write_SameTensorsInAnotherOrder_SameBytes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn(3), b = randn(2);

        Assert.Equal(Bytes(new() { ["a"] = a, ["b"] = b }), Bytes(new() { ["b"] = b, ["a"] = a }));
    }

    [Fact]
    public void Write_StoreAsHalf_HalvesFloatsAndKeepsCounts()
    {
        using DisposeScope scope = NewDisposeScope();
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, new Dictionary<string, Tensor> { ["w"] = tensor([1 / 3f]), ["n"] = tensor([70_000L]) }, ScalarType.Float16);

        Dictionary<string, Tensor> read = SafeTensors.Read(stream.ToArray());

        Assert.Equal((Half)(1 / 3f), read["w"].data<Half>().ToArray()[0]);
        Assert.Equal(70_000, read["n"].data<long>().ToArray()[0]);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4)] // file ends early
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8)] // bytes of no tensor
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8)] // shape and bytes differ
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4)] // overlap
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8)] // hole
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", 4)] // product overflows
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":""", 0)]
    [InlineData("""[]""", 0)]
    public void Read_Malformed_IsRefused(string header, int bytes) =>
        Assert.Throws<InvalidDataException>(() => SafeTensors.Read(File(header, Encoding.UTF8.GetByteCount(header), bytes)));

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(0L)]
    [InlineData(1000L)]
    public void Read_HeaderLengthThatLies_IsRefused(long length) => Assert.Throws<InvalidDataException>(() => SafeTensors.Read(File("{}", length, 0)));

    [Fact]
    public void Read_ShorterThanItsLength_IsRefused() => Assert.Throws<InvalidDataException>(() => SafeTensors.Read(new byte[7]));

    private static byte[] File(string header, long length, int bytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + text.Length + bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        text.CopyTo(file, 8);
        return file;
    }

    private static byte[] Bytes(Dictionary<string, Tensor> tensors)
    {
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, tensors);
        return stream.ToArray();
    }
}
