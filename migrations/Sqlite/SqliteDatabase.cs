using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Subscriptions.Data;

namespace Subscriptions.Migrations.Sqlite;

/// <summary>SQLite: one file, one writer at a time.</summary>
public static class SqliteDatabase
{
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteConstraint = 19;
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintUnique = 2067;

    /// <summary>The provider's entry in the host's list.</summary>
    public static DatabaseProvider Provider { get; } = new("Sqlite", Configure, IsUniqueViolation, IsTransient, Problem, Beside);

    private static void Configure(DbContextOptionsBuilder options, string connectionString) => options
        .UseSqlite(connectionString, sqlite => sqlite.MigrationsAssembly(typeof(SqliteDatabase).Assembly.GetName().Name))
        .AddInterceptors(DurableConnections.Instance);

    private static bool IsUniqueViolation(DbUpdateException failure) =>
        failure.InnerException is SqliteException { SqliteErrorCode: SqliteConstraint, SqliteExtendedErrorCode: SqliteConstraintPrimaryKey or SqliteConstraintUnique };

    private static bool IsTransient(Exception failure) =>
        DatabaseProvider.CausesOf(failure).Any(cause => cause is SqliteException { SqliteErrorCode: SqliteBusy or SqliteLocked });

    private static string Beside(string connectionString, string name)
    {
        var named = new SqliteConnectionStringBuilder(connectionString) { Pooling = false };
        named.DataSource = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(named.DataSource))!, name + ".db");
        return named.ConnectionString;
    }

    private static string? Problem(string connectionString)
    {
        try
        {
            return new SqliteConnectionStringBuilder(connectionString).DataSource is { Length: > 0 } ? null : "names no Data Source";
        }
        catch (ArgumentException wrong)
        {
            return wrong.Message;
        }
    }

    // WAL lets readers read while one writes. With synchronous NORMAL a power cut could lose a committed payment attempt.
    private sealed class DurableConnections : DbConnectionInterceptor
    {
        public static DurableConnections Instance { get; } = new();

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=15000; PRAGMA foreign_keys=ON;";
            pragmas.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=15000; PRAGMA foreign_keys=ON;";
            await pragmas.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

/// <summary>Lets <c>dotnet ef</c> work on this project without a start-up project.</summary>
public sealed class DesignTime : IDesignTimeDbContextFactory<SubscriptionsDb>
{
    /// <inheritdoc />
    public SubscriptionsDb CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<SubscriptionsDb>();
        SqliteDatabase.Provider.Configure(options, "Data Source=design-time.db");
        return new SubscriptionsDb(options.Options);
    }
}
