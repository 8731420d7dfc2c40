using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Subscriptions.Data;
using Subscriptions.Migrations.PostgreSql;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Migrations.SqlServer;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Hosting.Settings;
using Provider = Subscriptions.Data.DatabaseProvider;

namespace Subscriptions.Server.Hosting;

/// <summary>The database: which provider, and what happens to it before anything runs.</summary>
public static class DatabaseSetup
{
    /// <summary>Adds the context factory, a scoped context for the framework's stores, and the due-work store.</summary>
    public static WebApplicationBuilder AddDatabase(this WebApplicationBuilder builder, DatabaseSettings settings)
    {
        var provider = ProviderOf(settings.Provider);
        builder.Services.AddSingleton(provider);
        builder.Services.AddPooledDbContextFactory<SubscriptionsDb>(options =>
        {
            provider.Configure(options, settings.ConnectionString);
            options.ConfigureWarnings(Quieten);
        });
        builder.Services.AddScoped(services => services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContext());
        builder.Services.AddSingleton<DueWorkStore>();
        return builder;
    }

    /// <summary>What is peculiar to a kind of database.</summary>
    public static Provider ProviderOf(Settings.DatabaseProvider named) => named switch
    {
        Settings.DatabaseProvider.Sqlite => SqliteDatabase.Provider,
        Settings.DatabaseProvider.PostgreSql => PostgreSqlDatabase.Provider,
        Settings.DatabaseProvider.SqlServer => SqlServerDatabase.Provider,
    };

    // An invoice's attempts, refunds and notes are a handful each, so one query is right for them. And two that insert the same row
    // at once are expected: whoever catches the failure knows whether it is one; where nobody does, it is logged as unhandled.
    private static void Quieten(WarningsConfigurationBuilder warnings) => warnings
        .Ignore(RelationalEventId.MultipleCollectionIncludeWarning)
        .Log((RelationalEventId.CommandError, LogLevel.Debug), (CoreEventId.SaveChangesFailed, LogLevel.Debug));

    /// <summary>Brings the database to this version and makes what settings say current. Runs before the first request and the first job.</summary>
    public static async Task PrepareDatabaseAsync(IServiceProvider services)
    {
        await MigrateAsync(services);
        await services.GetRequiredService<CatalogVersions>().MakeCurrentAsync();
        await services.GetRequiredService<InstitutionChanges>().MakeCurrentAsync();
        await services.GetRequiredService<DueWorkStore>().FreeOwnAsync();
        await services.GetRequiredService<FirstStaff>().EnsureAsync();
        HolidayWarning.Tell(services);
    }

    /// <summary>Brings the database to this version and no more: a running service's leases and catalogue are its own.</summary>
    public static async Task MigrateAsync(IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        if ((await OpenAsync(db, services.GetRequiredService<Provider>())).Except(db.Database.GetMigrations()).FirstOrDefault() is { } unknown)
        {
            // What a newer version keeps, this one would not see, and it would charge without knowing of it.
            throw new SettingsException([new("Database:ConnectionString", $"The database holds the migration {unknown}, which this version does not know. Another version made it: run that one, or name a database of this one.")]);
        }

        await db.Database.MigrateAsync();
    }

    /// <summary>The migrations that the database has had; none where there is no database yet.</summary>
    private static async Task<IEnumerable<string>> OpenAsync(SubscriptionsDb db, Provider provider)
    {
        try
        {
            CreateFolder(db, provider);
            return await db.Database.GetAppliedMigrationsAsync();
        }
        catch (Exception unreachable) when (unreachable is DbException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([new("Database:ConnectionString", $"names a database that cannot be opened: {unreachable.Message}")]);
        }
    }

    private static void CreateFolder(SubscriptionsDb db, Provider provider)
    {
        if (provider == SqliteDatabase.Provider && Path.GetDirectoryName(db.Database.GetDbConnection().DataSource) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }
    }
}
