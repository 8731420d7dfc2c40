using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Paywall;

/// <summary>Listens to the service's change feed for as long as the website runs, and goes on where it was after every break.</summary>
internal sealed class FeedClient(
    ServiceClient service, AccessCache cache, FeedState feed, ServiceTime serviceTime, RevokedSessions revoked, PolicyState policy, PaywallMeters meters,
    TimeProvider time, ILogger<FeedClient> logger) : BackgroundService
{
    private const int MostBackoffMilliseconds = 5_000;
    private const int LeastBackoffMilliseconds = 250;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);
    private long? _position;
    private long _last;
    private bool _connected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                logger.Log(_connected || failures == 0 ? LogLevel.Warning : LogLevel.Debug,
                    "There is no change feed ({Why}); readers are checked every two seconds until there is.", failure.Message);
            }

            if (_connected)
                (failures, _connected) = (0, false);
            meters.FeedBreaks.Add(1);
            feed.Lost();
            AskBesideTheFeed();
            await PauseAsync(failures++, stoppingToken);
        }
    }

    // Something in between may break the feed and nothing else, which only another answer can tell.
    private void AskBesideTheFeed()
    {
        if (feed.IsLost(time.GetUtcNow()))
            _ = policy.RefreshAsync();
        else
            policy.RefreshIfDue();
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(Silence);
        using var response = await service.OpenFeedAsync(_position, silence.Token);
        response.EnsureSuccessStatusCode();
        // A service that was started anew may have other settings; the feed does not wait for them.
        _ = policy.RefreshAsync();
        await using var stream = await response.Content.ReadAsStreamAsync(silence.Token);
        var first = true;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(silence.Token))
        {
            silence.CancelAfter(Silence);
            Apply(item, first);
            first = false;
        }
    }

    private void Apply(SseItem<string> item, bool first)
    {
        if (item.EventType is not ("heartbeat" or "change" or "revoked" or "reset"))
            return;
        if (Read(item.Data) is not { } body)
        {
            // What could not be read may have been a change, so nothing that is remembered can be trusted.
            MissedSomething();
            return;
        }

        if (item.EventType == "heartbeat" && serviceTime.Heard(body.Now, askedAt: null, time.GetUtcNow()))
            cache.Empty();
        switch (item.EventType)
        {
            case "change" when body.ReaderId is { } readerId:
                cache.Changed(readerId, body.Version ?? long.MaxValue);
                break;
            case "revoked" when body.SessionId is { } sessionId:
                revoked.Add(sessionId, Wire.ToLimit(body));
                break;
            case "reset":
                MissedSomething();
                break;
            case "heartbeat" when first && _position is null:
                MissedSomething();
                break;
        }

        _connected = true;
        _position = body.Position;
        policy.RefreshIfDue();
        // After a break what was missed comes bit by bit: only at the service's last position is everything in. An older service does not tell it.
        if (item.EventType is "heartbeat" or "reset")
            _last = body.Last ?? body.Position;
        if (body.Position >= _last)
            feed.Heard();
    }

    private void MissedSomething()
    {
        cache.Empty();
        revoked.DoubtAllSoFar();
    }

    private static Wire.FeedBody? Read(string data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, WireJson.Default.FeedBody);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task PauseAsync(int failures, CancellationToken stopping)
    {
        var most = (int)Math.Min(MostBackoffMilliseconds, LeastBackoffMilliseconds * Math.Pow(2, Math.Min(failures, 10)));
        var pause = RandomNumberGenerator.GetInt32(most / 2, most + 1);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, stopping);
        }
        catch (OperationCanceledException)
        {
            // The website is stopping.
        }
    }
}
