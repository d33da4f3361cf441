namespace EchoClr.Phantom.Rendering;

/// <summary>A 5 × 7 dot font for burned-in text: capitals, digits and a few signs. A byte is a column, its lowest bit the top dot.</summary>
internal static class BitmapFont
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:/-+%()";

    private static readonly byte[] s_columns = Convert.FromHexString(
        "7C1211127C" + "7F49494936" + "3E41414122" + "7F4141413E" + "7F49494941" + "7F09090901" + "3E41415173" + "7F0808087F" + "00417F4100" + "2040413F01"
        + "7F08142241" + "7F40404040" + "7F021C027F" + "7F0408107F" + "3E4141413E" + "7F09090906" + "3E4151215E" + "7F09192946" + "2649494932" + "03017F0103"
        + "3F4040403F" + "1F2040201F" + "3F4038403F" + "6314081463" + "0304780403" + "6159494D43"
        + "3E5149453E" + "00427F4000" + "7249494946" + "2141494D33" + "1814127F10" + "2745454539" + "3C4A494931" + "4121110907" + "3649494936" + "464949291E"
        + "0000606000" + "0080703000" + "0000140000" + "2010080402" + "0808080808" + "08083E0808" + "2313086462" + "001C224100" + "0041221C00");

    public static ReadOnlySpan<byte> Columns(char letter)
    {
        var index = Letters.IndexOf(char.ToUpperInvariant(letter));
        return index < 0 ? [] : s_columns.AsSpan(5 * index, 5);
    }
}
