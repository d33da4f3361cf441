namespace EchoClr.Phantom;

/// <summary>The classes of the view gate.</summary>
public enum PhantomView
{
    Plax,
    Psax,
    A4c,
    A2c,
    Other,
}

/// <summary>What a video shows; several scenes share a view.</summary>
public enum PhantomScene
{
    ParasternalLongAxis,
    ShortAxisMid,
    ShortAxisAortic,
    ApicalFourChamber,
    ApicalTwoChamber,
    Subcostal,
    Suprasternal,
    Liver,
    ProbeInAir,
}

public static class PhantomScenes
{
    public static PhantomView View(this PhantomScene scene) => scene switch
    {
        PhantomScene.ParasternalLongAxis => PhantomView.Plax,
        PhantomScene.ShortAxisMid or PhantomScene.ShortAxisAortic => PhantomView.Psax,
        PhantomScene.ApicalFourChamber => PhantomView.A4c,
        PhantomScene.ApicalTwoChamber => PhantomView.A2c,
        _ => PhantomView.Other,
    };
}
