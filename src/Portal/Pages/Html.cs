using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace EchoClr.Portal.Pages;

/// <summary>A piece of HTML. What is put into it is encoded, unless it is HTML itself: a peer's text cannot become markup.</summary>
/// <example><c>Html.Of($"&lt;td&gt;{patientName}&lt;/td&gt;")</c></example>
internal readonly record struct Html
{
    private readonly string? text;

    private Html(string text) => this.text = text;

    public static Html Empty { get; } = new("");

    public static Html Of(Content content) => new(content.ToString());

    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.ToString())));

    public override string ToString() => text ?? "";

    /// <summary>The compiler hands literals and holes of an interpolated string to this; only literals are trusted.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Content(int literalLength, int formattedCount)
    {
        private readonly StringBuilder builder = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string literal) => builder.Append(literal);

        public void AppendFormatted(Html html) => builder.Append(html);

        public void AppendFormatted(string? text) => builder.Append(HtmlEncoder.Default.Encode(text ?? ""));

        public void AppendFormatted(IFormattable value, string? format = null) =>
            builder.Append(HtmlEncoder.Default.Encode(value.ToString(format, CultureInfo.InvariantCulture)));

        public override string ToString() => builder.ToString();
    }
}
