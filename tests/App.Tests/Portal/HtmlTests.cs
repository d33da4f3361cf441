using EchoClr.Portal.Pages;

namespace EchoClr.App.Tests.Portal;

public sealed class HtmlTests
{
    [Fact]
    public void Of_TextInHoles_CannotBecomeMarkup()
    {
        var name = "<script>alert(1)</script>";
        var quote = "\" onload='x'";
        Assert.Equal("<td title=\"&quot; onload=&#x27;x&#x27;\">&lt;script&gt;alert(1)&lt;/script&gt; 3</td>", Html.Of($"<td title=\"{quote}\">{name} {3}</td>").ToString());
    }

    [Fact]
    public void Of_HtmlInHoles_IsKept() => Assert.Equal("<p><b>&amp;</b></p>", Html.Of($"<p>{Html.Of($"<b>{"&"}</b>")}</p>").ToString());
}
