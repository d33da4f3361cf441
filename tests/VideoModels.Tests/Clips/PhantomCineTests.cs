using EchoClr.Phantom;
using EchoClr.Phantom.Vendors;
using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

/// <summary>Phantoms of every make are read as what they are, so that what is learnt on them passes the same door as real cines.</summary>
public sealed class PhantomCineTests
{
    public static TheoryData<int, PhantomScene, bool> Recordings
    {
        get
        {
            var recordings = new TheoryData<int, PhantomScene, bool>();
            for (var vendor = 0; vendor < PhantomVendor.All.Count; vendor++)
            {
                recordings.Add(vendor, PhantomScene.ParasternalLongAxis, false);
                recordings.Add(vendor, PhantomScene.ApicalFourChamber, false);
                recordings.Add(vendor, PhantomScene.ParasternalLongAxis, true);
            }
            return recordings;
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Of_Phantom_IsWhatItWasDrawnAs(int vendor, PhantomScene scene, bool colour)
    {
        var patient = PhantomPatient.Draw(20, vendor) with { VendorIndex = vendor };
        var video = PhantomVideo.Draw(patient, 0, scene, colour);
        var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(Scale: 0.5, Colour: true));
        var reading = CineReading.Of(
            new FramePixels(cine.Frames, cine.Height, cine.Width, cine.SamplesPerPixel, cine.Pixels), cine.FrameTimes, cine.PixelAspectRatio);

        Assert.Equal(colour ? CineContent.ColourDoppler : CineContent.BMode, reading.Content);
        foreach (var truth in cine.Truth)
            if (truth.AorticValve is { } valve)
                Assert.True(reading.Sector!.Contains((int)valve.X, (int)valve.Y), $"the aortic valve at {valve} lies outside the mask");
    }
}
