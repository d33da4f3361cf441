namespace EchoClr.Testing;

/// <summary>A fresh folder that goes away with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("echoclr-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
