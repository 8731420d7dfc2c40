using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Subscriptions.Data;
using Subscriptions.Migrations.PostgreSql;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Migrations.SqlServer;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>
/// The service's database as the sandbox's other rooms open it: a SQLite file in the sandbox's folder, or the server database that the
/// service's own settings <c>Database:Provider</c> and <c>Database:ConnectionString</c> name.
/// </summary>
/// <param name="Provider">The provider's entry.</param>
/// <param name="ConnectionString">Where it is.</param>
/// <param name="File">Full path of a SQLite file; null for a server.</param>
public sealed record ServiceDatabase(DatabaseProvider Provider, string ConnectionString, string? File)
{
    private static readonly DatabaseProvider[] _providers = [SqliteDatabase.Provider, PostgreSqlDatabase.Provider, SqlServerDatabase.Provider];

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="SettingException">One of them cannot be used.</exception>
    public static ServiceDatabase Read(IConfiguration settings, string folder)
    {
        var name = settings["Database:Provider"] is { Length: > 0 } given ? given : SqliteDatabase.Provider.Name;
        var provider = _providers.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new SettingException($"Database:Provider is \"{name}\". Write Sqlite, PostgreSql or SqlServer there.");
        if (provider == SqliteDatabase.Provider)
        {
            // The sandbox's folder holds everything that it remembers.
            var file = Path.Combine(folder, "subscriptions.db");
            return new(provider, $"Data Source={file}", file);
        }

        var text = settings["Database:ConnectionString"] ?? "";
        return provider.ConnectionStringProblem(text) is { } problem
            ? throw new SettingException($"Database:ConnectionString cannot be used with {provider.Name}: it {problem}. Name an empty database of this sandbox's own.")
            : new(provider, text, null);
    }

    /// <summary>Opens it.</summary>
    public SubscriptionsDb Open()
    {
        var builder = new DbContextOptionsBuilder<SubscriptionsDb>();
        Provider.Configure(builder, ConnectionString);
        return new SubscriptionsDb(builder.Options);
    }

    /// <summary>Whether the service has laid its tables down.</summary>
    public async Task<bool> IsLaidDownAsync()
    {
        if (File is not null)
        {
            return System.IO.File.Exists(File);
        }

        await using var db = Open();
        return (await db.Database.GetAppliedMigrationsAsync()).Any();
    }

    /// <summary>Forgets everything in it. On a server the database itself stays, because the sandbox may not be allowed to make another.</summary>
    public async Task ForgetAsync()
    {
        if (File is not null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" }) System.IO.File.Delete(File + suffix);
            return;
        }

        await using var db = Open();
        await db.GetService<IMigrator>().MigrateAsync(Migration.InitialDatabase);
    }
}
