using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Tests;

/// <summary>The whole service on a free port over a real database file, with Stripe's simulator on another.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    public const string ApiKey = "api-key-for-the-tests-1";
    public const string OtherApiKey = "api-key-for-the-tests-2";
    public const string SiteKey = "site-key-for-the-tests";
    public const string StaffPassword = "a long staff password";

    private const string StripeKey = "sk_test_simulator";

    private readonly string _folder;
    private readonly WebApplication _stripe;
    private readonly WebApplication _app;

    private ServerFixture(string folder, WebApplication stripe, WebApplication app)
    {
        (_folder, _stripe, _app) = (folder, stripe, app);
        Api = NewClient();
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
    }

    /// <summary>Carries the API key; follows no redirect and keeps no cookie.</summary>
    public HttpClient Api { get; }

    public StripeFaults Faults => _stripe.Services.GetRequiredService<StripeFaults>();

    public MovableClock Clock => (MovableClock)_app.Services.GetRequiredService<BillingClock>();

    public Uri Address => new(_app.Urls.Single());

    public static async Task<ServerFixture> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("server-").FullName;
        var clock = new MovableClock();
        var stripe = await StartStripeAsync(folder, clock);
        var app = ServerHost.Create(Settings(folder, stripe.Urls.Single()), builder =>
        {
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.AddSingleton<BillingClock>(clock);
        });
        await app.StartAsync();
        return new ServerFixture(folder, stripe, app);
    }

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<SubscriptionsDb> DatabaseAsync() => Service<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();

    /// <summary>A client of its own; with cookies it is a browser.</summary>
    public HttpClient NewClient(bool cookies = false) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = cookies,
        CookieContainer = new CookieContainer(),
    })
    {
        BaseAddress = Address,
    };

    public async Task<ReaderId> ReaderAsync(string email, string name, string? password = null) =>
        await Service<CreateReader>().RunAsync(email, name, password) is CreatedReader.Created created
            ? created.Id
            : throw new InvalidOperationException($"No reader {email}.");

    /// <summary>A subscription whose first payment was taken.</summary>
    public async Task<SubscriptionId> ActiveAsync(ReaderId reader, string token = "pm_card_visa")
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var started = (StartResult.Started)await scope.ServiceProvider.GetRequiredService<StartSubscription>()
            .RunAsync(reader, "digital-monthly", token, Actors.Reader(reader));
        await UntilAsync(started.Id, "Active");
        return started.Id;
    }

    /// <summary>A trial whose first payment was declined, so that a payment problem is open.</summary>
    public async Task<SubscriptionId> PastDueAsync(ReaderId reader, string token = "pm_card_chargeCustomerFail")
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var started = (StartResult.Started)await scope.ServiceProvider.GetRequiredService<StartSubscription>()
            .RunAsync(reader, "digital-trial", token, Actors.Reader(reader));
        Clock.Advance(TimeSpan.FromDays(15));
        await UntilAsync(started.Id, "PastDue");
        return started.Id;
    }

    public Task UntilAsync(SubscriptionId id, string status) => EventuallyAsync(async () =>
    {
        await using var db = await DatabaseAsync();
        return await db.Subscriptions.AnyAsync(s => s.Id == id && s.Status == status);
    }, $"{id} to be {status}");

    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            try
            {
                await look.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Waited in vain for {what}.");
            }
        }
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Api.GetAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
        return await JsonAsync(response);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null, string? key = null, string apiKey = ApiKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return Api.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _stripe.StopAsync();
        await _stripe.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<WebApplication> StartStripeAsync(string folder, BillingClock clock)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(clock);
        builder.Services.AddStripeSimulator(new StripeSimulatorOptions { SecretKey = StripeKey, WebhookSecret = "whsec_simulator", DataFolder = folder });
        var app = builder.Build();
        app.MapStripeSimulator();
        await app.StartAsync();
        return app;
    }

    private static string[] Settings(string folder, string stripe) =>
    [
        "--Publisher:Name=The Test Courier", "--Publisher:Address=http://127.0.0.1", $"--Stripe:ApiBase={stripe}/stripe",
        $"--Stripe:SecretKey={StripeKey}", "--Stripe:WebhookSecret=whsec_simulator", "--Stripe:RetryDelayMilliseconds=20",
        // Nobody listens there: mails wait.
        "--Smtp:Host=127.0.0.1", "--Smtp:Port=9", "--Smtp:FromAddress=courier@example.com", "--Smtp:StartTls=false",
        $"--Database:ConnectionString=Data Source={Path.Combine(folder, "subscriptions.db")}",
        $"--Api:Keys:0={ApiKey}", $"--Api:Keys:1={OtherApiKey}",
        "--Sites:0:Id=courier", "--Sites:0:Name=The Courier", "--Sites:0:Origins:0=http://localhost:1", $"--Sites:0:Key={SiteKey}",
    ];
}

/// <summary>Billing time that a test moves.</summary>
internal sealed class MovableClock : BillingClock
{
    private readonly TimeProvider _wall = TimeProvider.System;
    private long _ahead;

    public override DateTimeOffset Now => _wall.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
