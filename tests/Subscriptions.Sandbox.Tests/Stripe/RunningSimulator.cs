using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Tests.Stripe;

/// <summary>A simulator on a free port of loopback with its ledger in a folder of its own.</summary>
internal sealed class RunningSimulator : IAsyncDisposable
{
    public const string Key = "sk_test_simulator";
    public const string WebhookSecret = "whsec_simulator";

    private readonly WebApplication app;

    private RunningSimulator(WebApplication app, string folder, MovableClock clock)
    {
        (this.app, Folder, Clock) = (app, folder, clock);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };
    }

    public string Folder { get; }
    public MovableClock Clock { get; }
    public HttpClient Http { get; }
    public IServiceProvider Services => app.Services;
    public StripeLedger Ledger => app.Services.GetRequiredService<StripeLedger>();
    public StripeFaults Faults => app.Services.GetRequiredService<StripeFaults>();
    public SimulatorDueWork Due => app.Services.GetRequiredService<SimulatorDueWork>();

    public static async Task<RunningSimulator> StartAsync(
        Uri? webhook = null, string? folder = null, TimeSpan bankDelay = default, MovableClock? clock = null)
    {
        folder ??= Directory.CreateTempSubdirectory("stripe-simulator-").FullName;
        clock ??= new MovableClock();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<BillingClock>(clock);
        builder.Services.AddStripeSimulator(new StripeSimulatorOptions
        {
            SecretKey = Key,
            WebhookSecret = WebhookSecret,
            DataFolder = folder,
            WebhookUrls = webhook is null ? [] : [webhook],
            BankDelay = bankDelay,
            DefaultHold = TimeSpan.FromSeconds(20),
        });
        builder.Services.AddStripeSimulatorHooks();
        var app = builder.Build();
        app.MapStripeSimulator();
        await app.StartAsync();
        return new RunningSimulator(app, folder, clock);
    }

    public Task<Answer> Get(string path) => SendAsync(HttpMethod.Get, path, []);

    public Task<Answer> Post(string path, params (string Name, string Value)[] form) => SendAsync(HttpMethod.Post, path, form);

    public Task<Answer> PostWithKey(string key, string path, params (string Name, string Value)[] form) =>
        SendAsync(HttpMethod.Post, path, form, key);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, (string Name, string Value)[] form, string? key = null, CancellationToken gaveUp = default)
    {
        using var request = new HttpRequestMessage(method, "/stripe/v1/" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (form.Length > 0)
        {
            request.Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        }

        using var response = await Http.SendAsync(request, gaveUp);
        return await Answer.OfAsync(response);
    }

    public async Task<string> Customer() => (await Post("customers", ("email", "a@example.test"))).Text("id");

    /// <summary>A customer with this card attached over the API.</summary>
    public async Task<(string Customer, string Method)> CustomerWith(string token)
    {
        var customer = await Customer();
        var attached = await Post($"payment_methods/{token}/attach", ("customer", customer));
        Assert.That(attached.Status, Is.EqualTo(200), attached.Body.ToJsonString());
        return (customer, attached.Text("id"));
    }

    public async Task<string> Intent(string customer, string amount = "1200")
    {
        var made = await Post("payment_intents", ("customer", customer), ("amount", amount), ("currency", "gbp"),
            ("payment_method_types[]", "card"), ("metadata[subscription]", "sub_1"), ("metadata[invoice]", "inv_1"));
        Assert.That(made.Status, Is.EqualTo(200), made.Body.ToJsonString());
        return made.Text("id");
    }

    public Task<Answer> ConfirmOff(string intent, string method) =>
        Post($"payment_intents/{intent}/confirm", ("payment_method", method), ("off_session", "true"));

    public async Task<int> ChargesOf(string intent) =>
        ((JsonArray)(await Get($"charges?payment_intent={intent}")).Body["data"]!).Count;

    /// <summary>Ends the process's part of the simulator and keeps the folder.</summary>
    public async Task StopAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

internal sealed class MovableClock : BillingClock
{
    private DateTimeOffset now = new(2027, 1, 4, 6, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset Now => now;

    public void Advance(TimeSpan by) => now += by;
}

internal sealed record Answer(int Status, JsonObject Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Error => (JsonObject)Body["error"]!;

    public string Text(string property) => Body[property]!.GetValue<string>();

    public string? ErrorCode => Error["code"]?.GetValue<string>();

    public IReadOnlyList<JsonObject> Data => [.. ((JsonArray)Body["data"]!).Select(item => (JsonObject)item!)];

    public static async Task<Answer> OfAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync())!,
        response.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
}
