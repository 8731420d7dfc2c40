using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Features;

/// <summary>The whole service on a free port, with the sandbox's Stripe and mail server at its borders and a clock that can be moved.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    public const string SiteKey = "site-key-for-tests-only";
    public const string ApiKey = "api-key-for-tests-only";
    public const string OtherApiKey = "another-api-key-for-tests";
    public const string GatewayKey = "sk_test_simulator";
    public const string WebhookSecret = "whsec_simulator";
    public const string Site = "http://localhost:5080";

    private const int LooksPerMinute = 250;
    private const int MostPutOffs = 3;

    private static readonly TimeSpan _putOffWhenHeld = TimeSpan.FromSeconds(5);

    private readonly string folder;
    private readonly TestDatabase database;
    private readonly WebApplication stripe;
    private readonly SmtpServer smtp;
    private WebApplication service = null!;
    private int readers;

    private RunningService(string folder, TestDatabase database, WebApplication stripe, SmtpServer smtp, MailStore inbox, ManualClock clock, Uri address, ConcurrentQueue<StripeCall> stripeCalls)
    {
        StripeCalls = stripeCalls;
        this.folder = folder;
        this.database = database;
        this.stripe = stripe;
        this.smtp = smtp;
        Inbox = inbox;
        Clock = clock;
        Address = address;
    }

    public Uri Address { get; }

    public ManualClock Clock { get; }

    public MailStore Inbox { get; }

    public IServiceProvider Services => service.Services;

    /// <summary>The simulator from the inside: what no client of Stripe can do.</summary>
    public StripeLedger Stripe => stripe.Services.GetRequiredService<StripeLedger>();

    /// <summary>Where the simulator's API is, without <c>/v1</c>; its key is <c>sk_test_simulator</c>.</summary>
    public string StripeAddress => stripe.Urls.Single() + "/stripe";

    /// <summary>When each call arrived at Stripe, in wall time.</summary>
    public ConcurrentQueue<StripeCall> StripeCalls { get; }

    /// <summary>How often something was asked for; a late webhook only reads.</summary>
    public int StripeOrders => StripeCalls.Count(call => call.Method == HttpMethods.Post);

    /// <summary>What the next host to start is made of.</summary>
    public Func<HostParts> Parts { get; set; } = AdaptersUnderTest.Parts;

    /// <summary>The banks of those who pay.</summary>
    public StripeDisputes Banks => stripe.Services.GetRequiredService<StripeDisputes>();

    public StripeFaults Faults => stripe.Services.GetRequiredService<StripeFaults>();

    public static Task<RunningService> StartAsync(params string[] settings) => StartAsync(_ => { }, settings);

    /// <param name="watch">What a test puts into each host's services to look on.</param>
    /// <param name="settings">Settings as on the command line.</param>
    public static async Task<RunningService> StartAsync(Action<IServiceCollection> watch, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("running-service-").FullName;
        var clock = new ManualClock();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePorts.Take()}"));
        var stripeCalls = new ConcurrentQueue<StripeCall>();
        var stripe = await StartStripeAsync(folder, clock, address, stripeCalls);
        var inbox = new MailStore(folder, clock);
        var smtp = SmtpServer.Start(0, inbox, new MailFaults(folder));
        var running = new RunningService(folder, await TestDatabase.CreateAsync(folder), stripe, smtp, inbox, clock, address, stripeCalls) { more = settings, watch = watch };
        await running.StartServiceAsync();
        return running;
    }

    public async Task RestartServiceAsync(params string[] settings)
    {
        more = [.. more, .. settings];
        await service.StopAsync();
        await service.DisposeAsync();
        await StartServiceAsync();
    }

    /// <summary>The gateway's own API: what it really took, gave back and holds.</summary>
    public Uri GatewayApi => new(stripe.Urls.Single() + "/stripe/v1/");

    /// <summary>A second process's worth of the service on the same database, under a name and on a port of its own, with jobs of its own.</summary>
    public async Task<WebApplication> StartPeerAsync()
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePorts.Take()}");
        var peer = ServerHost.Create(more, builder =>
        {
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(address);
            builder.Configuration.AddInMemoryCollection(Settings());
            builder.Services.AddSingleton<BillingClock>(Clock);
            watch(builder.Services);
        }, Parts());
        await peer.StartAsync();
        return peer;
    }

    /// <summary>Stops the service, keeps a backup of its database, and starts it again.</summary>
    public Task BackUpAsync() => RestartServiceAsync(database.BackUpAsync);

    /// <summary>Stops the service, puts the backup in the place of its database, and starts it again.</summary>
    public Task RestoreAsync() => RestartServiceAsync(database.RestoreAsync);

    private async Task RestartServiceAsync(Func<Task> between)
    {
        await service.StopAsync();
        await service.DisposeAsync();
        await between();
        await StartServiceAsync();
    }

    public Browser NewBrowser() => new(Address);

    public SubscriptionsDb OpenDatabase() => Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContext();

    /// <summary>A registered reader with <see cref="Password"/>.</summary>
    public async Task<(ReaderId Id, string Email)> NewReaderAsync()
    {
        var email = $"reader{Interlocked.Increment(ref readers)}@example.com";
        var created = await Services.GetRequiredService<CreateReader>().RunAsync(email, "Rosa Reader", Password);
        return (((CreatedReader.Created)created).Id, email);
    }

    /// <summary>A registered reader and a browser in which she is signed in.</summary>
    public async Task<(ReaderId Id, Browser Browser)> NewSignedInReaderAsync()
    {
        var (id, email) = await NewReaderAsync();
        var browser = NewBrowser();
        var page = await browser.SignInAsync(email, Password);
        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/my-account"), page.Text);
        return (id, browser);
    }

    /// <summary>
    /// Looks until something is so; the jobs run meanwhile. Work that met another's hold is put off by as much as a minute: where
    /// nothing came for a while, the minute passes.
    /// </summary>
    public Task<T> EventuallyAsync<T>(Func<Task<T?>> look) where T : class => LookAsync(look, minutesPass: true);

    private async Task<T> LookAsync<T>(Func<Task<T?>> look, bool minutesPass) where T : class
    {
        var jobs = Services.GetRequiredService<IJobScheduler>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var looks = 1; ; looks++)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (minutesPass && looks % LooksPerMinute == 0)
            {
                Clock.Advance(TimeSpan.FromMinutes(1));
            }

            await jobs.LookNowAsync();
            await every.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Looks until a reader's newest subscription is in a state.</summary>
    public Task<SubscriptionOverview> SubscriptionInAsync(ReaderId reader, string state) => EventuallyAsync(async () =>
    {
        await using var db = OpenDatabase();
        var row = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == reader).OrderByDescending(s => s.StartedAt).FirstOrDefaultAsync();
        using var scope = Services.CreateScope();
        return row?.Status == state ? await scope.ServiceProvider.GetRequiredService<SubscriptionOverviewQuery>().RunAsync(row.Id) : null;
    });

    /// <summary>Waits until nothing that is due now is left, nor anything that was put off by seconds because another held it.</summary>
    public Task SettledAsync()
    {
        var moved = 0;
        return LookAsync(async () =>
        {
            await using var db = OpenDatabase();
            var now = Clock.Now;
            if (await db.DueWork.AnyAsync(w => w.DueAt <= now || w.LeaseOwner != null))
            {
                return null;
            }

            var soon = now + _putOffWhenHeld;
            if (moved++ == MostPutOffs || !await db.DueWork.AnyAsync(w => w.DueAt <= soon))
            {
                return this;
            }

            Clock.Advance(_putOffWhenHeld);
            return null;
        }, minutesPass: false);
    }

    /// <summary>Whether a reader may read subscriber-only articles now.</summary>
    public async Task<bool> EntitledAsync(ReaderId reader)
    {
        using var scope = Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader))!.Entitled;
    }

    public async ValueTask DisposeAsync()
    {
        await service.StopAsync();
        await service.DisposeAsync();
        await smtp.DisposeAsync();
        await stripe.StopAsync();
        await stripe.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<WebApplication> StartStripeAsync(string folder, ManualClock clock, Uri address, ConcurrentQueue<StripeCall> calls)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<BillingClock>(clock);
        builder.Services.AddStripeSimulator(new StripeSimulatorOptions
        {
            SecretKey = GatewayKey,
            WebhookSecret = WebhookSecret,
            DataFolder = folder,
            WebhookUrls = [new Uri(address, "/webhooks/stripe")],
        });
        var app = builder.Build();
        app.Use((http, next) =>
        {
            calls.Enqueue(new(TimeProvider.System.GetUtcNow(), http.Request.Method));
            return next(http);
        });
        app.MapStripeSimulator();
        await app.StartAsync();
        return app;
    }

    private string[] more = [];
    private Action<IServiceCollection> watch = _ => { };

    private async Task StartServiceAsync()
    {
        service = ServerHost.Create(more, builder =>
        {
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(Address.ToString());
            builder.Configuration.AddInMemoryCollection(Settings());
            builder.Services.AddSingleton<BillingClock>(Clock);
            watch(builder.Services);
        }, Parts());
        await service.StartAsync();
    }

    private Dictionary<string, string?> Settings() => new()
    {
        ["Publisher:Name"] = "The Harrowmere Courier",
        ["Publisher:Address"] = Address.GetLeftPart(UriPartial.Authority),
        ["Stripe:ApiBase"] = stripe.Urls.Single() + "/stripe",
        ["Stripe:SecretKey"] = GatewayKey,
        ["Stripe:WebhookSecret"] = WebhookSecret,
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = smtp.Port.ToString(CultureInfo.InvariantCulture),
        ["Smtp:StartTls"] = "false",
        ["Smtp:FromAddress"] = "courier@example.com",
        ["Database:Provider"] = database.Provider,
        ["Database:ConnectionString"] = database.ConnectionString,
        ["Sites:0:Id"] = "courier",
        ["Sites:0:Name"] = "The Harrowmere Courier",
        ["Sites:0:Origins"] = Site,
        ["Sites:0:Key"] = SiteKey,
        ["Api:Keys:0"] = ApiKey,
        ["Api:Keys:1"] = OtherApiKey,
    };
}

/// <summary>A request that reached the simulated gateway.</summary>
/// <param name="At">Wall time.</param>
/// <param name="Method">Of HTTP.</param>
internal sealed record StripeCall(DateTimeOffset At, string Method);

/// <summary>Billing time that moves when told, and runs at wall speed between.</summary>
internal sealed class ManualClock : BillingClock
{
    // An ordinary working Tuesday, at ten: what is sent or ended at certain hours only, or not at all over Christmas, has to be the same whenever the
    // tests are run.
    private static readonly DateTimeOffset _start = new(2027, 4, 13, 9, 0, 0, TimeSpan.Zero);

    private long ahead = (_start - TimeProvider.System.GetUtcNow()).Ticks;

    public override DateTimeOffset Now => TimeProvider.System.GetUtcNow().AddTicks(Interlocked.Read(ref ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);
}
