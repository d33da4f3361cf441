using System.Security.Cryptography;

namespace EchoClr.Phantom.Tests;

public sealed class PhantomRendererTests
{
    private static readonly PhantomRenderOptions s_small = new(Scale: 0.3, FrameStep: 3, MaxFrames: 6);

    [Fact]
    public void Render_SameSeed_SameBytes()
    {
        byte[] Render(long seed) =>
            SHA256.HashData(PhantomRenderer.Render(PhantomVideo.Draw(PhantomPatient.Draw(seed, 4), 0, PhantomScene.ParasternalLongAxis), s_small).Pixels);
        Assert.Equal(Render(7), Render(7));
        Assert.NotEqual(Render(7), Render(8));
    }

    [Theory]
    [InlineData(PhantomScene.ParasternalLongAxis)]
    [InlineData(PhantomScene.ShortAxisMid)]
    [InlineData(PhantomScene.ShortAxisAortic)]
    [InlineData(PhantomScene.ApicalFourChamber)]
    [InlineData(PhantomScene.ApicalTwoChamber)]
    [InlineData(PhantomScene.Subcostal)]
    [InlineData(PhantomScene.Suprasternal)]
    [InlineData(PhantomScene.Liver)]
    [InlineData(PhantomScene.ProbeInAir)]
    public void Render_EveryScene_HasMovingPicturesOfTheRightSize(PhantomScene scene)
    {
        for (var number = 0; number < 4; number++)
        {
            var video = PhantomVideo.Draw(PhantomPatient.Draw(3, number), 0, scene);
            var cine = PhantomRenderer.Render(video, s_small);
            Assert.Equal(cine.Frames * cine.Height * cine.Width, cine.Pixels.Length);
            Assert.Equal(cine.Frames, cine.FrameTimes.Count);
            Assert.False(cine.Frame(0).SequenceEqual(cine.Frame(1)));
            for (var k = 1; k < cine.Frames; k++)
                Assert.True(cine.FrameTimes[k] > cine.FrameTimes[k - 1]);
        }
    }

    /// <summary>Training draws thousands of clips, so the speed is worth a look in the log; a shared machine is no place to assert it.</summary>
    [Fact]
    public void Render_SixtyFrames_SaysHowFastItWas()
    {
        var video = PhantomVideo.Draw(PhantomPatient.Draw(1, 0), 0, PhantomScene.ParasternalLongAxis);
        var before = Environment.CpuUsage.TotalTime;
        var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(MaxFrames: 60));
        var milliseconds = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{cine.Frames} frames of {cine.Width} × {cine.Height}: {milliseconds:F0} ms of processor time, {milliseconds / cine.Frames:F1} ms a frame");
        Assert.Equal(60, cine.Frames);
    }
}
