using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Racing;

/// <summary>A PaymentIntent as the gateway's own ledger has it, with its charges and refunds.</summary>
internal sealed record BookedPayment(string Id, string Invoice, string Status, int Charges, int Taken, long Refunded, int Refunds);

/// <summary>The gateway's ledger, read over HTTP as an outsider reads it.</summary>
internal sealed class GatewayBooks : IDisposable
{
    private readonly HttpClient http;

    public GatewayBooks(Uri api, string key = RunningService.GatewayKey)
    {
        http = new HttpClient { BaseAddress = api };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Every payment that names an invoice.</summary>
    public async Task<ILookup<string, BookedPayment>> ReadAsync()
    {
        var charges = (await ListAsync("charges")).ToLookup(c => c.GetProperty("payment_intent").GetString());
        var refunds = (await ListAsync("refunds")).ToLookup(r => r.GetProperty("payment_intent").GetString());
        return (await ListAsync("payment_intents"))
            .Where(pi => pi.GetProperty("metadata").TryGetProperty("invoice", out _))
            .Select(pi => Of(pi, charges, refunds)).ToLookup(p => p.Invoice);
    }

    public void Dispose() => http.Dispose();

    private static BookedPayment Of(JsonElement intent, ILookup<string?, JsonElement> charges, ILookup<string?, JsonElement> refunds)
    {
        var id = intent.GetProperty("id").GetString()!;
        var standing = refunds[id].Where(r => r.GetProperty("status").GetString() is not ("failed" or "canceled")).ToArray();
        return new(
            id, intent.GetProperty("metadata").GetProperty("invoice").GetString()!, intent.GetProperty("status").GetString()!, charges[id].Count(),
            charges[id].Count(c => c.GetProperty("status").GetString() == "succeeded"), standing.Sum(r => r.GetProperty("amount").GetInt64()), standing.Length);
    }

    private async Task<List<JsonElement>> ListAsync(string kind)
    {
        List<JsonElement> all = [];
        for (var more = true; more;)
        {
            var after = all.Count == 0 ? "" : $"&starting_after={all[^1].GetProperty("id").GetString()}";
            var page = await http.GetFromJsonAsync<JsonElement>(new Uri($"{kind}?limit=100{after}", UriKind.Relative));
            all.AddRange(page.GetProperty("data").EnumerateArray());
            more = page.GetProperty("has_more").GetBoolean();
        }

        return all;
    }
}
