namespace Subscriptions.Server.Tests.Features;

/// <summary>
/// A database for one running service. <c>TESTS_POSTGRES</c> or <c>Tests__SqlServer</c>, the connection string of a server on which databases
/// may be made, puts the suite on that server; without either each service has a SQLite file.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly ITestServer server;
    private readonly List<string> names = [];
    private string? backup;

    private TestDatabase(string folder) => server = Named("TESTS_POSTGRES") is { } postgres ? new PostgreSqlTestServer(postgres)
        : Named("Tests__SqlServer") is { } sqlServer ? new SqlServerTestServer(sqlServer)
        : new SqliteTestServer(folder);

    public string Provider => server.Provider;

    /// <summary>Another one after a backup and after a restore, so that no pooled connection outlives either.</summary>
    public string ConnectionString => server.ConnectionStringOf(names[^1]);

    /// <param name="folder">Where a file may lie.</param>
    public static async Task<TestDatabase> CreateAsync(string folder)
    {
        var database = new TestDatabase(folder);
        await database.server.CreateAsync(database.Take());
        return database;
    }

    /// <summary>Keeps what is in it, and goes on with a copy; while nobody works on it.</summary>
    public Task BackUpAsync() => GoOnWithCopyOfAsync(backup = names[^1]);

    /// <summary>Forgets what came after the backup, and goes on with a copy of that; while nobody works on it.</summary>
    public Task RestoreAsync() => GoOnWithCopyOfAsync(backup ?? throw new InvalidOperationException("There is no backup."));

    /// <summary>The databases whose names begin so: on the server, or as files in this one's folder.</summary>
    public Task<IReadOnlyList<string>> NamesAsync(string beginning) => server.NamesAsync(beginning);

    public async ValueTask DisposeAsync()
    {
        foreach (var name in names)
        {
            await server.DropAsync(name);
        }
    }

    private Task GoOnWithCopyOfAsync(string name) => server.CopyAsync(name, Take());

    private string Take()
    {
        names.Add($"service_{Guid.NewGuid():N}");
        return names[^1];
    }

    private static string? Named(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? named : null;
}
