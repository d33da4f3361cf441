using EchoClr.Inference.Reporting;

namespace EchoClr.Inference.Tests.Reporting;

public class HotRegionTests
{
    private static readonly PixelArea Area = new(100, 50, 560, 560);

    [Theory]
    [InlineData(20, 30, 6, 3)]
    [InlineData(40, 12, 2, 5)]
    public void Find_EllipticalSpot_GivesItsCentreAndRadii(int centerX, int centerY, double radiusX, double radiusY)
    {
        const int size = 56;
        var values = new float[size * size];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
                values[y * size + x] = Math.Pow((x - centerX) / radiusX, 2) + Math.Pow((y - centerY) / radiusY, 2) <= 1 ? 1 : 0;
        }
        values[0] = 0.9f; // a second, unconnected spot must not pull the region
        var map = HeatMap.TryCreate(values, [0], size, size, Area)!;

        var ellipse = HotRegion.Find(map, 0, 800, 700);

        Assert.Equal(Area.X + (centerX + 0.5) * 10, ellipse.CenterX, 1);
        Assert.Equal(Area.Y + (centerY + 0.5) * 10, ellipse.CenterY, 1);
        Assert.InRange(ellipse.RadiusX, radiusX * 10 * 0.9, radiusX * 10 * 1.25);
        Assert.InRange(ellipse.RadiusY, radiusY * 10 * 0.9, radiusY * 10 * 1.25);
    }

    [Fact]
    public void Find_SpotInACorner_StaysInsideThePicture()
    {
        var map = HeatMap.TryCreate([1, 0, 0, 0], [0], 2, 2, new PixelArea(-200, -200, 400, 400))!;

        var ellipse = HotRegion.Find(map, 0, 320, 240);

        Assert.True(ellipse.CenterX - ellipse.RadiusX >= 0 && ellipse.CenterX + ellipse.RadiusX <= 320, ellipse.ToString());
        Assert.True(ellipse.CenterY - ellipse.RadiusY >= 0 && ellipse.CenterY + ellipse.RadiusY <= 240, ellipse.ToString());
    }

    [Theory]
    [InlineData(30, 10, new double[] { 70, 80, 130, 80, 100, 70, 100, 90 })]
    [InlineData(10, 30, new double[] { 100, 50, 100, 110, 90, 80, 110, 80 })]
    public void ToGraphicData_GivesTheMajorAxisFirst(double radiusX, double radiusY, double[] expected) =>
        Assert.Equal(expected, new Ellipse(100, 80, radiusX, radiusY).ToGraphicData());

    [Theory]
    [InlineData(new float[] { 3, 3, 3, 3 })]
    [InlineData(new float[] { 1, float.NaN, 0, 2 })]
    [InlineData(new float[] { 1, float.PositiveInfinity, 0, 2 })]
    public void TryCreate_MapThatSaysNothing_GivesNone(float[] values) => Assert.Null(HeatMap.TryCreate(values, [0], 2, 2, Area));

    [Fact]
    public void At_BetweenTwoSteps_IsInterpolatedInTime()
    {
        var map = HeatMap.TryCreate([0, 0, 1, 0.5f], [10, 20], 1, 2, Area)!;

        Assert.Equal([0, 0], map.At(3));
        Assert.Equal([0.2f, 0.1f], map.At(12).Select(value => MathF.Round(value, 4)));
        Assert.Equal([1, 0.5f], map.At(99));
        Assert.Equal(20, map.PeakFrame(30));
        Assert.Equal(14, map.PeakFrame(15));
    }

    [Fact]
    public void ReadRow_ReadsPixelsOfTheSourcePicture()
    {
        var map = HeatMap.TryCreate([0, 1, 0, 1], [0], 2, 2, new PixelArea(10, 10, 20, 20))!;
        var row = new float[40];

        map.ReadRow(map.At(0), 15, row);

        Assert.Equal(0, row[5]); // outside
        Assert.Equal(0, row[12], 2);
        Assert.Equal(0.55f, row[20], 3); // half a pixel right of the middle
        Assert.Equal(1, row[27], 2);
        map.ReadRow(map.At(0), 35, row);
        Assert.All(row, value => Assert.Equal(0, value)); // below
    }
}
