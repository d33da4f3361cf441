namespace EchoClr.Dicom;

/// <summary>The tables that <c>generate.py</c> wrote, embedded in the assembly.</summary>
internal static class EmbeddedText
{
    public static IEnumerable<string> Lines(string file)
    {
        using var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream($"EchoClr.Dicom.Dictionary.{file}")
            ?? throw new InvalidOperationException($"{file} is not embedded in the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
