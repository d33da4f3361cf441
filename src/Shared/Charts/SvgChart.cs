using System.Globalization;
using System.Net;
using System.Text;

namespace EchoClr.Shared.Charts;

/// <summary>A small line chart as SVG to stand inside a page: axes from 0, a legend where there are several lines, a title and a description for who cannot see it.</summary>
public sealed class SvgChart(string id, string title, string description, string xLabel, string yLabel, double xMax = 1, double yMax = 1)
{
    private const double Width = 380, Height = 330, Left = 54, Right = 14, Top = 14, Bottom = 48;
    private const int Ticks = 5;

    private readonly StringBuilder body = new();
    private readonly List<(string Name, string Style)> legend = [];

    /// <param name="style">A class of the page's style sheet.</param>
    public SvgChart Line(string name, string style, IEnumerable<(double X, double Y)> points)
    {
        body.Append($"<polyline class=\"{style}\" points=\"{string.Join(' ', points.Select(point => $"{Text(X(point.X))},{Text(Y(point.Y))}"))}\"/>");
        legend.Add((name, style));
        return this;
    }

    /// <param name="name">Null for points of a line that is named already.</param>
    public SvgChart Points(string? name, string style, IEnumerable<(double X, double Y, double Radius)> points)
    {
        foreach ((double x, double y, double radius) in points)
            body.Append($"<circle class=\"{style}\" cx=\"{Text(X(x))}\" cy=\"{Text(Y(y))}\" r=\"{Text(radius)}\"/>");
        if (name is not null)
            legend.Add((name, style));
        return this;
    }

    /// <summary>A line that is there for comparison, not data.</summary>
    public SvgChart Guide(double x1, double y1, double x2, double y2)
    {
        body.Append($"<line class=\"guide\" x1=\"{Text(X(x1))}\" y1=\"{Text(Y(y1))}\" x2=\"{Text(X(x2))}\" y2=\"{Text(Y(y2))}\"/>");
        return this;
    }

    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.Append($"<svg viewBox=\"0 0 {Text(Width)} {Text(Height)}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{Escape(title)}</title><desc id=\"{id}-d\">{Escape(description)}</desc>");
        for (int i = 0; i <= Ticks; i++)
        {
            double share = (double)i / Ticks, x = X(share * xMax), y = Y(share * yMax);
            svg.Append($"<line class=\"grid\" x1=\"{Text(x)}\" y1=\"{Text(Y(0))}\" x2=\"{Text(x)}\" y2=\"{Text(Y(yMax))}\"/><line class=\"grid\" x1=\"{Text(X(0))}\" y1=\"{Text(y)}\" x2=\"{Text(X(xMax))}\" y2=\"{Text(y)}\"/>");
            svg.Append($"<text x=\"{Text(x)}\" y=\"{Text(Y(0) + 16)}\" text-anchor=\"middle\">{Label(share * xMax)}</text><text x=\"{Text(X(0) - 6)}\" y=\"{Text(y + 4)}\" text-anchor=\"end\">{Label(share * yMax)}</text>");
        }
        svg.Append($"<text x=\"{Text((X(0) + X(xMax)) / 2)}\" y=\"{Text(Height - 10)}\" text-anchor=\"middle\">{Escape(xLabel)}</text>");
        svg.Append($"<text transform=\"translate(14 {Text((Y(0) + Y(yMax)) / 2)}) rotate(-90)\" text-anchor=\"middle\">{Escape(yLabel)}</text>");
        svg.Append(body).Append("</svg>");
        return legend.Count < 2 ? svg.ToString() : svg.Append($"<p class=\"legend\">{string.Join(" ", legend.Select(entry => $"<span><i class=\"{entry.Style}\"></i>{Escape(entry.Name)}</span>"))}</p>").ToString();
    }

    private static double X(double share, double max) => Left + share / max * (Width - Left - Right);

    private double X(double value) => X(Math.Clamp(value, 0, xMax), xMax);

    private double Y(double value) => Height - Bottom - Math.Clamp(value, 0, yMax) / yMax * (Height - Top - Bottom);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Label(double value) => value.ToString(value >= 10 ? "0" : "0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
