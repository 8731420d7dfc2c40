using Npgsql;

namespace Subscriptions.Journeys.Support;

/// <summary>A database of one test's own on the PostgreSQL that <c>TESTS_POSTGRES</c> names.</summary>
public sealed class ServerDatabase : IAsyncDisposable
{
    private readonly string name = $"journey_{Guid.NewGuid():N}";

    private ServerDatabase()
    {
    }

    /// <summary>Null when there is none, and the journeys run on SQLite alone.</summary>
    public static string? Server => Environment.GetEnvironmentVariable("TESTS_POSTGRES") is { Length: > 0 } named ? named : null;

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Server) { Database = name, MaxPoolSize = 30 }.ConnectionString;

    public IReadOnlyList<string> Arguments => ["--Database:Provider=PostgreSql", $"--Database:ConnectionString={ConnectionString}"];

    public static async Task<ServerDatabase> CreateAsync()
    {
        var made = new ServerDatabase();
        await RunAsync($"CREATE DATABASE {made.name}");
        return made;
    }

    public async ValueTask DisposeAsync() => await RunAsync($"DROP DATABASE {name} WITH (FORCE)");

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
