using Npgsql;

namespace Subscriptions.Server.Tests.Features;

/// <summary>
/// A database for one running service. <c>TESTS_POSTGRES</c>, the connection string of a server on which databases may be made, puts the
/// suite on PostgreSQL; without it each service has a SQLite file.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly string? _server = Environment.GetEnvironmentVariable("TESTS_POSTGRES") is { Length: > 0 } named ? named : null;

    private readonly string? name;

    private TestDatabase(string? name, string connectionString) => (this.name, ConnectionString) = (name, connectionString);

    public string Provider => name is null ? "Sqlite" : "PostgreSql";

    public string ConnectionString { get; }

    /// <param name="folder">Where a file may lie.</param>
    public static async Task<TestDatabase> CreateAsync(string folder)
    {
        if (_server is null)
        {
            return new(null, $"Data Source={Path.Combine(folder, "service.db")};Pooling=False");
        }

        var name = $"service_{Guid.NewGuid():N}";
        await RunAsync($"CREATE DATABASE {name}");
        return new(name, new NpgsqlConnectionStringBuilder(_server) { Database = name, MaxPoolSize = 40, IncludeErrorDetail = true }.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (name is not null)
        {
            await RunAsync($"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
