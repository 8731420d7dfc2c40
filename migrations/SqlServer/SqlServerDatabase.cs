using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Subscriptions.Data;

namespace Subscriptions.Migrations.SqlServer;

/// <summary>SQL Server.</summary>
public static class SqlServerDatabase
{
    // Deadlock victim, lock time-out, command time-out, broken connections.
    private static readonly HashSet<int> _transient = [1205, 1222, -2, 20, 64, 233, 10053, 10054, 10060, 40197, 40501, 40613];

    private const int UniqueIndexViolation = 2601;
    private const int UniqueConstraintViolation = 2627;

    /// <summary>The provider's entry in the host's list.</summary>
    public static DatabaseProvider Provider { get; } = new("SqlServer", Configure, IsUniqueViolation, IsTransient, Problem, Beside);

    private static void Configure(DbContextOptionsBuilder options, string connectionString) =>
        options.UseSqlServer(connectionString, server => server.MigrationsAssembly(typeof(SqlServerDatabase).Assembly.GetName().Name));

    private static bool IsUniqueViolation(DbUpdateException failure) =>
        failure.InnerException is SqlException { Number: UniqueIndexViolation or UniqueConstraintViolation };

    private static bool IsTransient(Exception failure) =>
        DatabaseProvider.CausesOf(failure).OfType<SqlException>().Any(sql => sql.IsTransient || _transient.Contains(sql.Number));

    private static string Beside(string connectionString, string name) => new SqlConnectionStringBuilder(connectionString) { InitialCatalog = name }.ConnectionString;

    private static string? Problem(string connectionString)
    {
        try
        {
            var parts = new SqlConnectionStringBuilder(connectionString);
            return parts.DataSource.Length == 0 ? "names no Data Source"
                : parts.InitialCatalog.Length == 0 ? "names no Database"
                // A database beside it would be the same file.
                : parts.AttachDBFilename.Length > 0 || parts.UserInstance ? "attaches a file: name a database that the server knows"
                : null;
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
        SqlServerDatabase.Provider.Configure(options, "Server=design-time;Database=design-time");
        return new SubscriptionsDb(options.Options);
    }
}
