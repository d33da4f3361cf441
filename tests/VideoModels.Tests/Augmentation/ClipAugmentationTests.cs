using EchoClr.VideoModels.Augmentation;

namespace EchoClr.VideoModels.Tests.Augmentation;

public sealed class ClipAugmentationTests
{
    private const int Size = 16;

    [Fact]
    public void Transform_NothingToDo_IsIdentity()
    {
        byte[] clip = Noise(), moved = new byte[clip.Length];

        ClipAugmentation.Transform(clip, moved, Size, 0, 0, 0);

        Assert.Equal(clip, moved);
    }

    [Fact]
    public void Transform_Shift_MovesEveryFrameAndFillsWithZero()
    {
        byte[] clip = Noise(), moved = new byte[clip.Length];

        ClipAugmentation.Transform(clip, moved, Size, 3, -2, 0);

        for (int t = 0; t < 2; t++)
            for (int y = 0; y < Size; y++)
                for (int x = 0; x < Size; x++)
                    Assert.Equal(x < 3 || y >= Size - 2 ? 0 : clip[At(t, y + 2, x - 3)], moved[At(t, y, x)]);
    }

    [Fact]
    public void Transform_QuarterTurn_PutsCornersWhereTheyBelong()
    {
        byte[] clip = new byte[2 * Size * Size], turned = new byte[clip.Length];
        clip[At(0, 0, 2)] = 200;

        ClipAugmentation.Transform(clip, turned, Size, 0, 0, 90);

        Assert.Equal(200, turned.Sum(value => value));
        Assert.Equal(200, turned[At(0, 2, Size - 1)]); // clockwise on the screen, rows counting downwards
    }

    [Fact]
    public void Apply_ManyDraws_StayWithinTheMethodsBoundsAndNeverFlip()
    {
        byte[] clip = new byte[2 * Size * Size];
        clip[At(0, 8, 4)] = clip[At(1, 8, 4)] = 255; // left of the centre
        var random = new Random(1);
        var target = new byte[clip.Length];
        for (int i = 0; i < 200; i++)
        {
            ClipAugmentation.Apply(clip, target, Size, random);
            int brightest = Array.IndexOf(target, target[..(Size * Size)].Max());
            Assert.InRange(brightest % Size, 4 - 2, 4 + 2); // pad of 1 pixel at this size, and the rotation's arc
            Assert.Equal(target[..(Size * Size)], target[(Size * Size)..]); // the same for every frame
        }
    }

    private static int At(int t, int y, int x) => (t * Size + y) * Size + x;

    private static byte[] Noise()
    {
        var clip = new byte[2 * Size * Size];
        new Random(3).NextBytes(clip);
        return clip;
    }

    [Fact]
    public void Apply_WithFlip_MirrorsEverySecondClipAndAllOfItsFrames()
    {
        byte[] clip = [.. Enumerable.Range(0, 2 * 16 * 16).Select(i => (byte)(i % 16 == 3 ? 200 : 0))]; // a line to the left of the middle
        int mirrored = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var (plain, flipped) = (new byte[clip.Length], new byte[clip.Length]);
            ClipAugmentation.Apply(clip, plain, 16, new Random(seed));
            ClipAugmentation.Apply(clip, flipped, 16, new Random(seed), flip: true);
            byte[] mirror = [.. plain.Chunk(16).SelectMany(row => row.Reverse())];
            Assert.True(flipped.SequenceEqual(plain) || flipped.SequenceEqual(mirror));
            mirrored += flipped.SequenceEqual(mirror) ? 1 : 0;
        }
        Assert.InRange(mirrored, 70, 130);
    }
}
