namespace Subscriptions.Sandbox.Tests;

/// <summary>A folder of a test's own, gone afterwards.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
