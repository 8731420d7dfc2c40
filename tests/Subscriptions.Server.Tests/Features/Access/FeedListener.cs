using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>What the feed told.</summary>
internal sealed record Told(string Type, long Position, JsonElement Body)
{
    public string? Text(string name) => Body.TryGetProperty(name, out var value) ? value.GetString() : null;

    public DateTimeOffset Now => Body.GetProperty("now").GetDateTimeOffset();
}

/// <summary>A website that listens to the change feed over HTTP.</summary>
internal sealed class FeedListener : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource leaving;
    private readonly HttpClient http;
    private readonly HttpResponseMessage response;
    private readonly IAsyncEnumerator<SseItem<string>> items;

    private FeedListener(CancellationTokenSource leaving, HttpClient http, HttpResponseMessage response, Stream stream)
    {
        this.leaving = leaving;
        this.http = http;
        this.response = response;
        items = SseParser.Create(stream).EnumerateAsync(leaving.Token).GetAsyncEnumerator();
    }

    public static async Task<FeedListener> OpenAsync(RunningService service, long? after = null)
    {
        var leaving = new CancellationTokenSource();
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };
        using var request = Request(after?.ToString(System.Globalization.CultureInfo.InvariantCulture), RunningService.SiteKey);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        response.EnsureSuccessStatusCode();
        return new FeedListener(leaving, http, response, await response.Content.ReadAsStreamAsync(leaving.Token));
    }

    public static HttpRequestMessage Request(string? after, string? key) =>
        new(HttpMethod.Get, new Uri(after is null ? "/api/feed" : $"/api/feed?after={after}", UriKind.Relative))
        {
            Headers = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
        };

    /// <summary>The next thing told; null when the stream has ended.</summary>
    public async Task<Told?> NextAsync()
    {
        if (!await items.MoveNextAsync().AsTask().WaitAsync(_patience))
        {
            return null;
        }

        var body = JsonDocument.Parse(items.Current.Data).RootElement;
        var position = body.GetProperty("position").GetInt64();
        Assert.That(items.Current.EventId, Is.EqualTo(position.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return new Told(items.Current.EventType, position, body);
    }

    /// <summary>The next thing told that is no heartbeat.</summary>
    public async Task<Told> NewsAsync()
    {
        var asked = Stopwatch.StartNew();
        while (asked.Elapsed < _patience && await NextAsync() is { } told)
        {
            if (told.Type != "heartbeat")
            {
                return told;
            }
        }

        throw new AssertionException("The feed ended, or told nothing new.");
    }

    /// <summary>Whether what is still told comes to an end.</summary>
    public async Task<bool> EndsAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        response.Dispose();
        http.Dispose();
        leaving.Dispose();
    }
}
