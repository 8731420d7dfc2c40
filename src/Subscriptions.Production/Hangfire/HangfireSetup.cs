using System.Globalization;
using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.Common;
using Hangfire.SqlServer;
using Microsoft.Data.SqlClient;
using Subscriptions.Data;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Production.Hangfire;

/// <summary>Puts Hangfire behind the scheduler port.</summary>
public static class HangfireSetup
{
    /// <summary>Where members of staff with the role Admin see what Hangfire does.</summary>
    public const string Dashboard = "/support/hangfire";

    // What is called so is ours; whatever else runs in the same schema is left alone.
    internal const string Prefix = "subscriptions-";
    internal const string Queue = "subscriptions";
    internal const string QueuePrefix = "looks-";

    // A charge that has begun is seen through: as long as the host itself waits at a stop.
    private static readonly TimeSpan _parting = TimeSpan.FromSeconds(110);

    /// <summary>Adds the scheduler and its server.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="jobs">What is to look, and nothing else.</param>
    /// <param name="settings">How it runs.</param>
    /// <param name="storage">Where Hangfire keeps its own records.</param>
    /// <param name="prepare">Makes that place ready, once the service's own database is.</param>
    public static IServiceCollection AddHangfireJobs(
        this IServiceCollection services, IReadOnlyList<JobDeclaration> jobs, HangfireSettings settings, Func<JobStorage> storage, Action? prepare = null)
    {
        // Of this host alone: the library's own way keeps one storage and one activator for the whole process, those of whoever set them last. What it logs
        // with is set before its storage is made, which logs.
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<IGlobalConfiguration>();
            return storage();
        });
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire(hangfire => hangfire.SetDataCompatibilityLevel(CompatibilityLevel.Version_180).UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings());
        services.AddSingleton(provider => new OwnQueue(QueueOf(provider.GetService<InstanceName>()?.Name ?? "default")));
        services.AddSingleton<IJobScheduler, HangfireJobs>();
        foreach (var job in jobs)
        {
            services.AddTransient(typeof(HangfireJob<>).MakeGenericType(job.Type));
        }

        // After the database is there and before the first worker looks.
        services.AddHostedService(provider => new HangfireDeclarations(
            provider.GetRequiredService<IRecurringJobManagerV2>(), provider.GetRequiredService<IBackgroundJobClientV2>(), provider.GetRequiredService<OwnQueue>(), jobs,
            CronOf(settings.LookEverySeconds)!, prepare, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<HangfireDeclarations>>()));
        services.AddHangfireServer((provider, server) =>
        {
            server.Queues = [provider.GetRequiredService<OwnQueue>().Name, Queue];
            server.WorkerCount = settings.Workers;
            server.ShutdownTimeout = _parting;
            server.StopTimeout = TimeSpan.FromSeconds(5);
            server.SchedulePollingInterval = TimeSpan.FromSeconds(Math.Min(15, settings.LookEverySeconds));
        });
        return services;
    }

    /// <summary>Hangfire's records on SQL Server, in a schema of their own that it makes and updates itself.</summary>
    public static Func<JobStorage> OnSqlServer(HangfireSettings settings) => () => new SqlServerStorage(settings.ConnectionString, new SqlServerStorageOptions
    {
        SqlClientFactory = SqlClientFactory.Instance,
        SchemaName = settings.Schema,
        QueuePollInterval = TimeSpan.Zero,
        SlidingInvisibilityTimeout = TimeSpan.FromMinutes(5),
        UseRecommendedIsolationLevel = true,

        // What the newest schema can do, for PrepareSqlServer brings it there. Asking for it would happen as soon as this is built, when the database may not be there yet.
        PrepareSchemaIfNecessary = false,
        TryAutoDetectSchemaDependentOptions = false,
        DisableGlobalLocks = true,
        UseIgnoreDupKeyOption = true,
    }) { JobExpirationTimeout = TimeSpan.FromHours(settings.KeepHours) };

    /// <summary>
    /// Makes or updates Hangfire's tables. The storage would do it by itself, but as soon as it is built, when the database may not be there yet, and
    /// it would only log that it failed.
    /// </summary>
    public static Action PrepareSqlServer(HangfireSettings settings) => () =>
    {
        using var connection = new SqlConnection(settings.ConnectionString);
        try
        {
            connection.Open();
        }
        catch (SqlException unreachable)
        {
            throw new SettingsException([new("Hangfire:ConnectionString", $"(or Database:ConnectionString, which stands in for it) names a database that cannot be opened: {unreachable.Message}")]);
        }

        SqlServerObjectsInstaller.Install(connection, settings.Schema, enableHeavyMigrations: true);
    };

    /// <summary>Shows the dashboard to members of staff with the role Admin, who sign in as everywhere under <c>/support</c>.</summary>
    public static void MapDashboard(WebApplication app) => app
        .MapHangfireDashboard(Dashboard, new DashboardOptions { Authorization = [], AppPath = "/support", DashboardTitle = "Jobs", DisplayStorageConnectionString = false })
        .RequireAuthorization(Policies.Admin);

    /// <summary>The look of a job as Hangfire keeps it; without a queue it goes where whoever asks for it puts it.</summary>
    internal static Job RunOf(Type job, string? queue = null)
    {
        var type = typeof(HangfireJob<>).MakeGenericType(job);
        return new Job(type, type.GetMethod(nameof(HangfireJob<IRecurringJob>.RunAsync))!, [CancellationToken.None], queue);
    }

    // The same after a restart, so that what was left in it is worked on; Hangfire allows small letters, digits, hyphens and underscores.
    private static string QueueOf(string instance) =>
        QueuePrefix + string.Concat(instance.ToLowerInvariant().Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? c : '-'));

    /// <summary>Every so many seconds as a cron expression; null where cron cannot say it evenly.</summary>
    internal static string? CronOf(int seconds) => seconds switch
    {
        < 60 when 60 % seconds == 0 => string.Create(CultureInfo.InvariantCulture, $"*/{seconds} * * * * *"),
        >= 60 when seconds % 60 == 0 && 60 % (seconds / 60) == 0 => string.Create(CultureInfo.InvariantCulture, $"*/{seconds / 60} * * * *"),
        _ => null,
    };
}
