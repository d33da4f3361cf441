namespace EchoClr.Portal.Pages;

/// <summary>What every page has: the banner that says what this is for, the heading, the content.</summary>
internal static class Layout
{
    /// <param name="syntheticModels">Weights in service that were trained on phantoms: the banner says so as long as there are any.</param>
    /// <param name="refresh">Reload every few seconds: something is still under way.</param>
    public static Html Page(string title, IReadOnlyList<string> syntheticModels, bool refresh, Html content)
    {
        var synthetic = syntheticModels.Count == 0 ? Html.Empty : Html.Of($" Synthetic weights ({string.Join(", ", syntheticModels)}): trained on phantoms, the numbers have no clinical meaning.");
        var reload = refresh ? Html.Of($"""<meta http-equiv="refresh" content="5">""") : Html.Empty;
        return Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{reload}<title>{title} – EchoClr</title><link rel="stylesheet" href="/portal.css"></head>
            <body>
            <p class="research" role="note">Research use only, not for diagnosis.{synthetic}</p>
            <header><a href="/">EchoClr</a></header>
            <main>
            {content}
            </main>
            </body>
            </html>

            """);
    }
}
