using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Paywall;

/// <summary>
/// The service's public keys. Fetched when first needed and when a pass names a key that is not here, at most once per
/// <see cref="BetweenFetches"/>, so that invented key names cannot make us ask again and again. A pass that the service itself gave
/// just now is no invention: its key is fetched at once.
/// </summary>
internal sealed class SigningKeys(ServiceClient service, ServiceHealth health, TimeProvider time)
{
    private static readonly TimeSpan BetweenFetches = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private volatile JsonWebKey[] _keys = [];
    private DateTimeOffset _fetchedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private volatile Task? _flight;
    private int _removals;

    /// <summary>Whether any keys are known; while none are, no pass can be judged.</summary>
    public bool Any => _keys.Length > 0;

    /// <summary>How often a key that was here was no longer among the service's: what was verified before then has to be verified anew.</summary>
    public int Removals => Volatile.Read(ref _removals);

    /// <summary>The keys of an id; empty if the service has none of that id.</summary>
    /// <param name="isFromService">Whether the service itself, and no browser, sent what names the key.</param>
    public async ValueTask<JsonWebKey[]> FindAsync(string? keyId, bool isFromService = false)
    {
        var found = Named(keyId);
        var now = time.GetUtcNow();
        if (found.Length > 0 && now - _fetchedAt < Lifetime)
            return found;
        var underWay = _flight;
        if (Refresh(now, isFromService) is { } refresh && found.Length == 0)
        {
            await RequestWait.IsOverAsync(refresh);
            // A fetch that was under way before may have been answered before the key was made.
            if (isFromService && refresh == underWay && Named(keyId).Length == 0 && Refresh(now, isFromService) is { } again)
                await RequestWait.IsOverAsync(again);
        }

        return Named(keyId);
    }

    private JsonWebKey[] Named(string? keyId) => [.. _keys.Where(key => key.Kid == keyId)];

    private Task? Refresh(DateTimeOffset now, bool isFromService)
    {
        lock (_lock)
        {
            if (_flight is { IsCompleted: false })
                return _flight;
            var pause = now - _triedAt;
            if ((Any && !isFromService && pause >= TimeSpan.Zero && pause < BetweenFetches) || !health.MayAsk())
                return null;
            _triedAt = now;
            return _flight = FetchAsync();
        }
    }

    private async Task FetchAsync()
    {
        if (await service.SigningKeysAsync() is not { } json)
            return;
        try
        {
            JsonWebKey[] usable = [.. new JsonWebKeySet(json).Keys.Where(IsUsable)];
            if (usable.Length == 0)
                return;
            var isOneGone = _keys.Any(former => !usable.Any(key => key.Kid == former.Kid));
            _keys = usable;
            if (isOneGone)
                Interlocked.Increment(ref _removals);
            _fetchedAt = time.GetUtcNow();
        }
        catch (Exception failure) when (failure is ArgumentException or System.Text.Json.JsonException)
        {
            health.Failed("jwks", failure.Message, noConnection: false);
        }
    }

    private static bool IsUsable(JsonWebKey key) =>
        key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: JsonWebKeyECTypes.P256, Use: null or "" or "sig" };
}
