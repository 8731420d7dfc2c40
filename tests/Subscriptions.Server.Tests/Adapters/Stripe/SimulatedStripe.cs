using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

/// <summary>The sandbox's simulator on a free port, and our gateway in front of it.</summary>
internal sealed class SimulatedStripe : IAsyncDisposable
{
    public const string Key = "sk_test_simulator";

    private readonly WebApplication _app;
    private readonly ServiceProvider _services;
    private readonly string _folder;

    private SimulatedStripe(WebApplication app, string folder)
    {
        (_app, _folder) = (app, folder);
        Browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        var services = new ServiceCollection().AddLogging();
        AdaptersUnderTest.Parts().AddGateway(services, new StripeSettings
        {
            ApiBase = new Uri(app.Urls.Single() + "/stripe"),
            SecretKey = Key,
            WebhookSecrets = ["whsec_simulator"],
            RetryDelay = TimeSpan.FromMilliseconds(20),
            CallTimeout = TimeSpan.FromSeconds(1.5),
            TotalTimeout = TimeSpan.FromSeconds(5),
        });
        _services = services.BuildServiceProvider();
    }

    public HttpClient Browser { get; }

    public Uri Address => new(_app.Urls.Single() + "/stripe");

    public StripeDisputes Banks => _app.Services.GetRequiredService<StripeDisputes>();

    public StripeFaults Faults => _app.Services.GetRequiredService<StripeFaults>();

    public IPaymentGateway Gateway => _services.GetRequiredService<IPaymentGateway>();

    public static async Task<SimulatedStripe> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-contract-").FullName;
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<BillingClock>(new SystemBillingClock(TimeProvider.System));
        builder.Services.AddStripeSimulator(new StripeSimulatorOptions
        {
            SecretKey = Key,
            WebhookSecret = "whsec_simulator",
            DataFolder = folder,
        });
        var app = builder.Build();
        app.MapStripeSimulator();
        await app.StartAsync();
        return new SimulatedStripe(app, folder);
    }

    public async Task<IReadOnlyList<string>> EventIdsAsync(string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_app.Urls.Single()}/stripe/v1/events?type={type}&limit=100");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var response = await Browser.SendAsync(request);
        using var page = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return [.. page.RootElement.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await _services.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
