using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Features.Webhooks;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The real service's container on a database file; nothing in it is started, the simulation calls its jobs.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly Lazy<Task<byte[]>> _emptyDatabase = new(MakeEmptyAsync);

    private readonly WebApplication app;

    private ServiceProcess(WebApplication app) => this.app = app;

    public IServiceProvider Services => app.Services;

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>Writes a database with its tables and nothing in them.</summary>
    public static async Task LayDownAsync(string file) => await File.WriteAllBytesAsync(file, await _emptyDatabase.Value);

    /// <summary>Starts as a process does: the container is built anew, the database prepared, the instance's own leases freed.</summary>
    public static async Task<ServiceProcess> StartAsync(
        string file, Machine machine, SimulatedClock clock, SimulatedWall wall, IPaymentGateway gateway, IGatewayRecords records, IMailSender mail, Habits habits)
    {
        var app = ServerHost.Create([], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(Settings(file));
            builder.Configuration.AddInMemoryCollection(habits.Settings);
            builder.Services.AddSingleton<BillingClock>(clock);
            builder.Services.AddSingleton<TimeProvider>(wall);
            builder.Host.ConfigureContainer<IServiceCollection>(services =>
            {
                services.Replace(ServiceDescriptor.Singleton(gateway));
                services.Replace(ServiceDescriptor.Singleton(records));
                services.Replace(ServiceDescriptor.Singleton(mail));
                services.Replace(ServiceDescriptor.Singleton(Habits.Alarms));
                services.Replace(ServiceDescriptor.Singleton<IJobScheduler>(new NoScheduler()));
                services.Replace(ServiceDescriptor.Singleton<IDbContextFactory<SubscriptionsDb>>(
                    provider => new PoweredDatabases(provider.GetRequiredService<DbContextOptions<SubscriptionsDb>>(), machine)));
                services.Replace(ServiceDescriptor.Singleton(provider => new DueWorkRunner(
                    provider.GetRequiredService<DueWorkStore>(), provider.GetRequiredService<StaffTasks>(), clock, new BugLog(machine))
                { AtOnce = 1 }));
            });
        });
        var process = new ServiceProcess(app);
        await process.PrepareAsync();
        return process;
    }

    /// <summary>What a start does to the database.</summary>
    public Task PrepareAsync() => DatabaseSetup.PrepareDatabaseAsync(app.Services);

    /// <summary>The job for a kind of work.</summary>
    public IRecurringJob JobFor(WorkKind kind) => kind switch
    {
        WorkKind.AdvanceSubscription => Get<AdvanceDueSubscriptions>(),
        WorkKind.CollectInvoice => Get<CollectDueInvoices>(),
        WorkKind.SendMail => Get<SendDueMails>(),
        WorkKind.WarnOfExpiry => Get<WarnOfDueExpiries>(),
        WorkKind.ProcessWebhook => Get<ProcessDueWebhooks>(),
        WorkKind.Reconcile => Get<ReconcileDaily>(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task<byte[]> MakeEmptyAsync()
    {
        var folder = Directory.CreateTempSubdirectory("empty-").FullName;
        var file = Path.Combine(folder, "empty.db");
        var clock = new SimulatedClock { At = DateTimeOffset.UnixEpoch };
        var machine = new Machine();
        var ledger = new GatewayLedger();
        var gateway = new SimulatedGateway(ledger, new(ledger, clock, new(0)), machine, clock, new(), new(0));
        await using (var process = await StartAsync(
            file, machine, clock, new SimulatedWall(), gateway, new SimulatedRecords(ledger, gateway), new SimulatedMail(machine, new(0)), Habits.Plain))
        {
            await using var db = process.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContext();
            await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE);");
        }

        var bytes = await File.ReadAllBytesAsync(file);
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    private static Dictionary<string, string?> Settings(string file) => new()
    {
        ["Publisher:Name"] = "The Harrowmere Courier",
        ["Publisher:Address"] = "http://localhost:5081",
        ["Stripe:SecretKey"] = "sk_test_simulation",
        ["Stripe:WebhookSecret"] = "whsec_simulation",
        ["Stripe:MethodKinds"] = "card, bacs, paypal",
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:FromAddress"] = "subscriptions@courier.example",
        ["Database:ConnectionString"] = $"Data Source={file}",
        ["Sites:0:Id"] = "courier",
        ["Sites:0:Name"] = "The Harrowmere Courier",
        ["Sites:0:Origins:0"] = "http://localhost:5080",
        ["Sites:0:Key"] = "a-key-of-the-courier",
        ["Api:Keys:0"] = "a-key-for-the-api",
    };

    // The simulation looks at every due moment by itself.
    private sealed class NoScheduler : IJobScheduler
    {
        public Task LookNowAsync<TJob>() where TJob : IRecurringJob => Task.CompletedTask;

        public Task LookNowAsync() => Task.CompletedTask;
    }
}
