using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Api;

/// <summary>A running service and a publisher's system that calls its API.</summary>
internal sealed class ApiCaller : IAsyncDisposable
{
    private ApiCaller(RunningService service)
    {
        Service = service;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { BaseAddress = service.Address };
    }

    public RunningService Service { get; }

    /// <summary>Sends no key by itself.</summary>
    public HttpClient Http { get; }

    public static Task<ApiCaller> StartAsync(params string[] settings) => StartAsync(_ => { }, settings);

    /// <param name="watch">What a test puts into the host's services to look on.</param>
    /// <param name="settings">Settings as on the command line.</param>
    public static async Task<ApiCaller> StartAsync(Action<IServiceCollection> watch, params string[] settings) => new(await RunningService.StartAsync(watch, settings));

    public SubscriptionsDb OpenDatabase() => Service.OpenDatabase();

    public async Task<ReaderId> ReaderAsync(string email, string name, string? password = null) =>
        await Service.Services.GetRequiredService<CreateReader>().RunAsync(email, name, password) is CreatedReader.Created created
            ? created.Id
            : throw new InvalidOperationException($"No reader {email}.");

    /// <summary>A subscription whose first payment was taken.</summary>
    public Task<SubscriptionId> ActiveAsync(ReaderId reader, string plan = "digital-monthly", string card = "pm_card_visa") => StartedAsync(reader, plan, card, "Active");

    /// <summary>A trial whose first payment was declined, so that a payment problem is open.</summary>
    public Task<SubscriptionId> PastDueAsync(ReaderId reader, string card = "pm_card_chargeCustomerFail") => StartedAsync(reader, "digital-trial", card, "PastDue");

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)));
        response.EnsureSuccessStatusCode();
        return await JsonAsync(response);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null, string? key = null, string apiKey = RunningService.ApiKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return SendAsync(request, apiKey);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string apiKey = RunningService.ApiKey)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Service.DisposeAsync();
    }

    private async Task<SubscriptionId> StartedAsync(ReaderId reader, string plan, string token, string state)
    {
        using var scope = Service.Services.CreateScope();
        var started = (StartResult.Started)await scope.ServiceProvider.GetRequiredService<StartSubscription>().RunAsync(reader, plan, token, Actors.Reader(reader));
        if (state == "PastDue")
        {
            Service.Clock.Advance(TimeSpan.FromDays(15));
        }

        await Service.SubscriptionInAsync(reader, state);
        return started.Id;
    }
}
