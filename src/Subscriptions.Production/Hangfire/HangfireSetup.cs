using System.Globalization;
using Hangfire;
using Hangfire.Common;
using Hangfire.SqlServer;
using Hangfire.States;
using Hangfire.Storage;
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

    // What begins so is ours; whatever else runs in the same schema is left alone.
    private const string Prefix = "subscriptions-";
    private const string QueuePrefix = "looks-";

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
        // Of this host alone: the library's own way keeps one storage for the whole process, whoever set it last.
        services.AddSingleton(_ => storage());
        services.AddHangfire(hangfire => hangfire.SetDataCompatibilityLevel(CompatibilityLevel.Version_180).UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings());
        services.AddSingleton(provider => new OwnQueue(QueueOf(provider.GetService<InstanceName>()?.Name ?? "default")));
        services.AddSingleton<IJobScheduler, HangfireJobs>();
        foreach (var job in jobs)
        {
            services.AddTransient(typeof(HangfireJob<>).MakeGenericType(job.Type));
        }

        // After the database is there and before the first worker looks.
        services.AddHostedService(provider => new Declarations(
            provider.GetRequiredService<IRecurringJobManagerV2>(), provider.GetRequiredService<IBackgroundJobClientV2>(), provider.GetRequiredService<OwnQueue>(), jobs, settings, prepare));
        services.AddHangfireServer((provider, server) =>
        {
            server.Queues = [provider.GetRequiredService<OwnQueue>().Name, EnqueuedState.DefaultQueue];
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

    /// <summary>The look of a job as Hangfire keeps it.</summary>
    internal static Job RunOf(Type job)
    {
        var type = typeof(HangfireJob<>).MakeGenericType(job);
        return new Job(type, type.GetMethod(nameof(HangfireJob<IRecurringJob>.RunAsync))!, CancellationToken.None);
    }

    // The same after a restart, so that what was left in it is worked on; Hangfire allows small letters, digits, hyphens and underscores.
    private static string QueueOf(string instance) =>
        QueuePrefix + string.Concat(instance.ToLowerInvariant().Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? c : '-'))[..Math.Min(instance.Length, 40)];

    /// <summary>Every so many seconds as a cron expression; null where cron cannot say it evenly.</summary>
    internal static string? CronOf(int seconds) => seconds switch
    {
        < 60 when 60 % seconds == 0 => string.Create(CultureInfo.InvariantCulture, $"*/{seconds} * * * * *"),
        >= 60 when seconds % 60 == 0 && 60 % (seconds / 60) == 0 => string.Create(CultureInfo.InvariantCulture, $"*/{seconds / 60} * * * *"),
        _ => null,
    };

    /// <summary>Writes down at start what is to look, and takes away what an earlier version declared and what processes left that are no more.</summary>
    private sealed class Declarations(
        IRecurringJobManagerV2 recurring, IBackgroundJobClientV2 hangfire, OwnQueue own, IReadOnlyList<JobDeclaration> jobs, HangfireSettings settings, Action? prepare) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            prepare?.Invoke();
            var declared = jobs.ToDictionary(job => $"{Prefix}{job.Type.Name}", job => RunOf(job.Type), StringComparer.Ordinal);
            foreach (var (id, run) in declared)
            {
                recurring.AddOrUpdate(id, run, CronOf(settings.LookEverySeconds)!, new RecurringJobOptions { MisfireHandling = MisfireHandlingMode.Ignorable });
            }

            using var connection = recurring.Storage.GetConnection();
            foreach (var former in connection.GetRecurringJobs().Select(job => job.Id).Where(id => id.StartsWith(Prefix, StringComparison.Ordinal) && !declared.ContainsKey(id)))
            {
                recurring.RemoveIfExists(former);
            }

            DropLooksOfNobody(recurring.Storage.GetMonitoringApi());
            return Task.CompletedTask;
        }

        // Where each rollout gives machines new names, nobody works any more on the queue of an old one, and what waits in a queue never expires.
        private void DropLooksOfNobody(IMonitoringApi records)
        {
            var worked = records.Servers().SelectMany(server => server.Queues).Append(own.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var left in records.Queues().Where(queue => queue.Name.StartsWith(QueuePrefix, StringComparison.Ordinal) && !worked.Contains(queue.Name)))
            {
                foreach (var look in records.EnqueuedJobs(left.Name, 0, (int)left.Length))
                {
                    hangfire.Delete(look.Key);
                }
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
