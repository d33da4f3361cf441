namespace EchoClr.App;

/// <summary>The source tree that this program was built in, for the commands that work on it (<c>test</c>, <c>demo</c>).</summary>
internal static class Checkout
{
    /// <summary>The folder that holds <c>EchoClr.sln</c>, or null for an installed program.</summary>
    public static string? Root { get; } = Find();

    public static string RequireRoot() => Root ?? throw new CommandException("this command works on the source tree and there is none above the program; run it as ./echoclr in a clone");

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EchoClr.sln")))
                return folder.FullName;
        }
        return null;
    }
}
