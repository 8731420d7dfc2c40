using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;
using Subscriptions.Data;

namespace Subscriptions.Migrations.PostgreSql;

/// <summary>PostgreSQL, under its default isolation: every claim is a guarded update, and every row has a version of its own.</summary>
public static class PostgreSqlDatabase
{
    // Serialization failure, deadlock victim, lock not available, statement cancelled, too many connections, server going down.
    private static readonly HashSet<string> _transient =
    [
        PostgresErrorCodes.SerializationFailure, PostgresErrorCodes.DeadlockDetected, PostgresErrorCodes.LockNotAvailable,
        PostgresErrorCodes.QueryCanceled, PostgresErrorCodes.TooManyConnections, PostgresErrorCodes.AdminShutdown,
        PostgresErrorCodes.CrashShutdown, PostgresErrorCodes.CannotConnectNow,
    ];

    /// <summary>The provider's entry in the host's list.</summary>
    public static DatabaseProvider Provider { get; } = new("PostgreSql", Configure, IsUniqueViolation, IsTransient, Problem, Beside);

    private static void Configure(DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(connectionString, server => server.MigrationsAssembly(typeof(PostgreSqlDatabase).Assembly.GetName().Name));

    private static bool IsUniqueViolation(DbUpdateException failure) =>
        failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private static bool IsTransient(Exception failure) =>
        DatabaseProvider.CausesOf(failure).OfType<NpgsqlException>()
            .Any(said => said.IsTransient || (said is PostgresException { SqlState: var state } && _transient.Contains(state)));

    private static string Beside(string connectionString, string name) => new NpgsqlConnectionStringBuilder(connectionString) { Database = name, Pooling = true, MaxPoolSize = 20 }.ConnectionString;

    private static string? Problem(string connectionString)
    {
        try
        {
            var read = new NpgsqlConnectionStringBuilder(connectionString);
            return read.Host is not { Length: > 0 } ? "names no Host" : read.Database is not { Length: > 0 } ? "names no Database" : null;
        }
        catch (ArgumentException wrong)
        {
            return wrong.Message;
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
        PostgreSqlDatabase.Provider.Configure(options, "Host=design-time;Database=design-time");
        return new SubscriptionsDb(options.Options);
    }
}
