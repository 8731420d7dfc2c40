using Microsoft.Data.Sqlite;
using Npgsql;

namespace Subscriptions.Server.Tests.Features;

/// <summary>
/// A database for one running service. <c>TESTS_POSTGRES</c>, the connection string of a server on which databases may be made, puts the
/// suite on PostgreSQL; without it each service has a SQLite file.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly string? _server = Environment.GetEnvironmentVariable("TESTS_POSTGRES") is { Length: > 0 } named ? named : null;

    private readonly string folder;
    private readonly List<string> names = [];
    private string? backup;

    private TestDatabase(string folder) => (this.folder, ConnectionString) = (folder, "");

    public string Provider => _server is null ? "Sqlite" : "PostgreSql";

    /// <summary>Another one after a backup and after a restore, so that no pooled connection outlives either.</summary>
    public string ConnectionString { get; private set; }

    private string Name => names[^1];

    /// <param name="folder">Where a file may lie.</param>
    public static async Task<TestDatabase> CreateAsync(string folder)
    {
        var database = new TestDatabase(folder);
        database.Take();
        if (_server is not null)
        {
            await RunAsync($"CREATE DATABASE {database.Name}");
        }

        return database;
    }

    /// <summary>Keeps what is in it, and goes on with a copy; while nobody works on it.</summary>
    public async Task BackUpAsync()
    {
        backup = Name;
        await GoOnWithCopyOfAsync(backup);
    }

    /// <summary>Forgets what came after the backup, and goes on with a copy of that; while nobody works on it.</summary>
    public Task RestoreAsync() => GoOnWithCopyOfAsync(backup ?? throw new InvalidOperationException("There is no backup."));

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _server is null ? [] : names)
        {
            await RunAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    private async Task GoOnWithCopyOfAsync(string name)
    {
        Take();
        if (_server is not null)
        {
            // A template must have nobody connected, not even idly from a pool.
            await RunAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            await RunAsync($"CREATE DATABASE {Name} TEMPLATE {name}");
            return;
        }

        await using var source = new SqliteConnection(FileOf(name));
        await using var target = new SqliteConnection(ConnectionString);
        await source.OpenAsync();
        await target.OpenAsync();
        source.BackupDatabase(target);
    }

    private void Take()
    {
        names.Add($"service_{Guid.NewGuid():N}");
        ConnectionString = _server is null
            ? FileOf(Name)
            : new NpgsqlConnectionStringBuilder(_server) { Database = Name, MaxPoolSize = 40, IncludeErrorDetail = true }.ConnectionString;
    }

    private string FileOf(string name) => $"Data Source={Path.Combine(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, "service.db")};Pooling=False";

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
