using System.Text.Json;

namespace Subscriptions.Production.MailKit;

/// <summary>The token with which the mail account proves itself, fetched when it is needed and kept while it is good.</summary>
internal sealed class MailTokens(IHttpClientFactory clients, MailOAuthSettings settings, TimeProvider time) : IDisposable
{
    // A token that ends while a message is on its way would cost a try.
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim one = new(1);
    private volatile Kept? kept;

    /// <summary>A token that is good for a minute at least.</summary>
    /// <exception cref="HttpRequestException">The provider gives none.</exception>
    public async Task<string> GetAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            if (kept is not { } good || good.Until <= time.GetUtcNow())
            {
                kept = good = await FetchAsync(cancel);
            }

            return good.Token;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>The server does not take it: the next message fetches another.</summary>
    public void Forget() => kept = null;

    /// <inheritdoc />
    public void Dispose() => one.Dispose();

    private async Task<Kept> FetchAsync(CancellationToken cancel)
    {
        List<KeyValuePair<string, string>> fields =
        [
            new("grant_type", "client_credentials"), new("client_id", settings.ClientId), new("client_secret", settings.ClientSecret),
        ];
        if (settings.Scope is { } scope)
        {
            fields.Add(new("scope", scope));
        }

        using var content = new FormUrlEncodedContent(fields);
        using var http = clients.CreateClient(nameof(MailTokens));
        using var answer = await AskAsync(http, content, cancel);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"The mail provider gave no token (status {(int)answer.StatusCode}).");
        }

        try
        {
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(cancel));
            var lasts = body.RootElement.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out var number)
                ? TimeSpan.FromSeconds(number)
                : _shortest;
            return body.RootElement.TryGetProperty("access_token", out var token) && token.GetString() is { Length: > 0 } text
                ? new(text, time.GetUtcNow() + lasts - _margin)
                : throw new HttpRequestException("The mail provider's answer holds no token.");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            throw new HttpRequestException("The mail provider's answer could not be read.", unreadable);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(HttpClient http, HttpContent content, CancellationToken cancel)
    {
        try
        {
            return await http.PostAsync(settings.TokenEndpoint, content, cancel);
        }
        catch (OperationCanceledException silence)
        {
            throw new HttpRequestException($"{settings.TokenEndpoint.Host}, which gives the mail account's tokens, did not answer in time.", silence);
        }
    }

    private sealed record Kept(string Token, DateTimeOffset Until);
}
