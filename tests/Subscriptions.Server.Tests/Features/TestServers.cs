using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Subscriptions.Server.Tests.Features;

/// <summary>Where test databases are made.</summary>
internal interface ITestServer
{
    string Provider { get; }

    string ConnectionStringOf(string name);

    Task CreateAsync(string name);

    /// <summary>Makes another with the same content, while nobody works on either.</summary>
    Task CopyAsync(string from, string to);

    Task DropAsync(string name);

    Task<IReadOnlyList<string>> NamesAsync(string beginning);
}

/// <summary>Files in a folder, which goes with its test.</summary>
internal sealed class SqliteTestServer(string folder) : ITestServer
{
    public string Provider => "Sqlite";

    public string ConnectionStringOf(string name) => $"Data Source={Path.Combine(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, "service.db")}";

    public Task CreateAsync(string name) => Task.CompletedTask;

    public async Task CopyAsync(string from, string to)
    {
        await using var source = new SqliteConnection(ConnectionStringOf(from));
        await using var target = new SqliteConnection(ConnectionStringOf(to));
        await source.OpenAsync();
        await target.OpenAsync();
        source.BackupDatabase(target);
    }

    public Task DropAsync(string name)
    {
        // A file that is deleted while it is open stays where it lies, which may be in memory.
        using var connection = new SqliteConnection(ConnectionStringOf(name));
        SqliteConnection.ClearPool(connection);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> NamesAsync(string beginning) => Task.FromResult<IReadOnlyList<string>>(Directory.GetFiles(folder, beginning + "*", SearchOption.AllDirectories));
}

/// <summary>A PostgreSQL.</summary>
internal sealed class PostgreSqlTestServer(string connectionString) : ITestServer
{
    public string Provider => "PostgreSql";

    public string ConnectionStringOf(string name) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 40, IncludeErrorDetail = true }.ConnectionString;

    public Task CreateAsync(string name) => RunAsync($"CREATE DATABASE {name}");

    public async Task CopyAsync(string from, string to)
    {
        // A template must have nobody connected, not even idly from a pool.
        await RunAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'");
        await RunAsync($"CREATE DATABASE {to} TEMPLATE {from}");
    }

    public Task DropAsync(string name) => RunAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    public async Task<IReadOnlyList<string>> NamesAsync(string beginning)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        return await TestServers.NamesAsync(connection, $"SELECT datname FROM pg_database WHERE datname LIKE '{beginning}%'");
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A SQL Server. Copies go by a backup on the server's own disk, in its default folder.</summary>
internal sealed class SqlServerTestServer(string connectionString) : ITestServer
{
    public string Provider => "SqlServer";

    public string ConnectionStringOf(string name) => new SqlConnectionStringBuilder(connectionString) { InitialCatalog = name, MaxPoolSize = 40 }.ConnectionString;

    // The service makes it at its start, with the options that EF Core gives to a new one.
    public Task CreateAsync(string name) => Task.CompletedTask;

    public Task CopyAsync(string from, string to) => RunAsync(
        $"""
        BACKUP DATABASE [{from}] TO DISK = N'{to}.bak' WITH INIT, COPY_ONLY;
        DECLARE @data nvarchar(128), @log nvarchar(128), @folder nvarchar(512), @restore nvarchar(max);
        SELECT @data = name FROM [{from}].sys.database_files WHERE type = 0;
        SELECT @log = name FROM [{from}].sys.database_files WHERE type = 1;
        SET @folder = CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(512));
        SET @restore = N'RESTORE DATABASE [{to}] FROM DISK = N''{to}.bak'' WITH MOVE N''' + @data + N''' TO N''' + @folder + N'{to}.mdf'', MOVE N'''
            + @log + N''' TO N''' + @folder + N'{to}.ldf''';
        EXEC sp_executesql @restore;
        """);

    public Task DropAsync(string name) => RunAsync(
        $"IF DB_ID(N'{name}') IS NOT NULL BEGIN ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE [{name}]; END");

    public async Task<IReadOnlyList<string>> NamesAsync(string beginning)
    {
        await using var connection = new SqlConnection(new SqlConnectionStringBuilder(connectionString) { InitialCatalog = "master" }.ConnectionString);
        return await TestServers.NamesAsync(connection, $"SELECT name FROM sys.databases WHERE name LIKE '{beginning}%'");
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new SqlConnection(new SqlConnectionStringBuilder(connectionString) { InitialCatalog = "master" }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new SqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }
}

internal static class TestServers
{
    public static async Task<IReadOnlyList<string>> NamesAsync(DbConnection connection, string query)
    {
        List<string> names = [];
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            names.Add(rows.GetString(0));
        }

        return names;
    }
}
