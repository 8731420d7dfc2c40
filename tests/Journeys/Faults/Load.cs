using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

/// <summary>
/// What goes on while processes die: the clock moves through renewals, a publisher's system calls the API, and a reader changes her
/// card. Whoever gets no answer asks again under the same key, as a good client does.
/// </summary>
internal sealed class Load(SandboxTools tools, SandboxPlace place, IReadOnlyList<Uri> services, int seed) : IDisposable
{
    private const int Tries = 40;

    private static readonly string[] _cards = ["pm_card_visa", "pm_card_visa", "pm_card_mastercard", "pm_card_chargeCustomerFail"];

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly ConcurrentDictionary<string, byte> subscriptions = [];
    private readonly ConcurrentBag<string> wrong = [];

    /// <summary>Those that were begun here.</summary>
    public IEnumerable<string> Subscriptions => subscriptions.Keys;

    /// <summary>Answers that no restart explains.</summary>
    public IEnumerable<string> Wrong => wrong;

    public int Answers { get; private set; }

    public int CardUpdates { get; private set; }

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(MoveTimeAsync(stopping), SubscribeAsync(stopping), ChangeCardsAsync(stopping));

    public void Dispose() => http.Dispose();

    private async Task MoveTimeAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.PostAsJsonAsync(new Uri(place.Panel, "/clock/advance"), new { hours = 18 }, CancellationToken.None);
            }
            catch (Exception slow) when (slow is HttpRequestException or OperationCanceledException)
            {
                // It waits for a service that is dead at this moment.
            }

            await PauseAsync(100, stopping);
        }
    }

    private async Task SubscribeAsync(CancellationToken stopping)
    {
        var chance = new Random(seed);
        for (var n = 0; !stopping.IsCancellationRequested; n++)
        {
            var reader = await AskAsync("/api/readers", new { email = $"load{seed}.{n}@load.example", name = $"Load {n}" }, $"reader-{seed}-{n}");
            if (reader is not { } made || !made.TryGetProperty("id", out var id)) continue;
            var plan = chance.Next(3) == 0 ? "digital-trial" : "digital-monthly";
            var begun = await AskAsync("/api/subscriptions", new { readerId = id.GetString(), plan, paymentMethod = _cards[chance.Next(_cards.Length)] }, $"subscription-{seed}-{n}");
            if (begun is { } subscription && subscription.TryGetProperty("id", out var started))
            {
                subscriptions[started.GetString()!] = 1;
                if (chance.Next(3) == 0) await AskAsync($"/api/subscriptions/{started.GetString()}/{(chance.Next(2) == 0 ? "retry" : "cancel")}", null, $"action-{seed}-{n}");
            }
        }
    }

    private async Task<JsonElement?> AskAsync(string path, object? body, string key)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(services[tries % services.Count], path));
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tools.ApiKey);
                request.Headers.Add("Idempotency-Key", key);
                request.Content = body is null ? null : JsonContent.Create(body);
                using var answer = await http.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                Answers++;
                if ((int)answer.StatusCode >= 500 && (int)answer.StatusCode != 503) wrong.Add($"{path}: {(int)answer.StatusCode} {text}");
                if ((int)answer.StatusCode < 500 && !(answer.StatusCode == System.Net.HttpStatusCode.Conflict && text.Contains("request-under-way", StringComparison.Ordinal)))
                    return text.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(text);
            }
            catch (Exception dead) when (dead is HttpRequestException or OperationCanceledException or IOException)
            {
                // Killed under the request, or not up yet.
            }

            await PauseAsync(150, CancellationToken.None);
        }

        return null;
    }

    private async Task ChangeCardsAsync(CancellationToken stopping)
    {
        var chance = new Random(seed + 1);
        var owing = tools.Readers.Where(r => Text(r, "state") is "PastDue" or "Active").ToList();
        while (!stopping.IsCancellationRequested)
        {
            var reader = owing[chance.Next(owing.Count)];
            try
            {
                using var browser = new FormBrowser();
                var service = services[0];
                await browser.SubmitAsync(await browser.GetAsync(new Uri(service, "/sign-in")), "Sign in", ("email", Text(reader, "email")), ("password", Text(reader, "password")));
                var hosted = await browser.SubmitAsync(await browser.GetAsync(new Uri(service, "/my-account/payment")), "Update payment details");
                var back = hosted is null ? null : await browser.SubmitAsync(hosted.Value, "Save card", ("test_card", chance.Next(4) == 0 ? "4000000000000341" : "4242424242424242"));
                CardUpdates += back is null ? 0 : 1;
            }
            catch (Exception dead) when (dead is HttpRequestException or OperationCanceledException or IOException)
            {
                // She comes again, as readers do.
            }

            await PauseAsync(100, stopping);
        }
    }

    private static async Task PauseAsync(int milliseconds, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(milliseconds, stopping);
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
