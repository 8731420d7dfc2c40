using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Paywall;

/// <summary>What became of a renewal.</summary>
/// <param name="Outcome">Unknown: the session has ended.</param>
/// <param name="EndedBy">The limit that ended it; null otherwise.</param>
internal sealed record Renewed(CallOutcome Outcome, string? Token = null, string? Handle = null, VerifiedPass? Pass = null, SessionLimit? EndedBy = null);

/// <summary>
/// Exchanges handles for new passes, one exchange per handle at a time. A result is kept for a minute, so that all tabs of a browser
/// get the same one, and a renewal begun in the background is found by the browser's next request.
/// </summary>
internal sealed class PassRenewal(
    ServiceClient service, ServiceHealth health, PassVerifier verifier, RevokedSessions revoked, TimeProvider time, ILogger<PassRenewal> logger) : IDisposable
{
    private const int MostKept = 20_000;
    private const int MostInBackground = 8;
    private const int MostUnderWay = 64;

    // Those who wait for one of the places; a request waits no longer than it may wait for the service.
    private const int MostWaiting = 2_000;

    // A browser keeps its pass as long as its handle: whoever sends a handle alone has most likely invented it.
    private const int MostWithoutPass = 8;

    // No handle that was given with an older pass can still be good.
    private static readonly TimeSpan OldestPass = ReaderCookies.HandleLife + PassVerifier.ClockSkew;
    private static readonly TimeSpan ResultKept = TimeSpan.FromMinutes(1);

    // What is wrong then is wrong with every pass: with a clock, a setting or the service.
    private static readonly TimeSpan UselessKept = TimeSpan.FromSeconds(5);

    /// <summary>Nothing was heard of the session.</summary>
    public static readonly Renewed NoAnswer = new(CallOutcome.Unreachable);

    // The service gave a pass that is not good here.
    private static readonly Renewed Useless = new(CallOutcome.Unreachable);

    // Apart from each other, so that invented handles crowd out no reader's new pass.
    private readonly MemoryCache _renewed = new(new MemoryCacheOptions { SizeLimit = MostKept });
    private readonly MemoryCache _ended = new(new MemoryCacheOptions { SizeLimit = MostKept });
    private readonly SemaphoreSlim _background = new(MostInBackground);
    private readonly SemaphoreSlim _withPass = new(MostUnderWay);
    private readonly SemaphoreSlim _withoutPass = new(MostWithoutPass);
    private readonly Dictionary<string, Task<Renewed>> _underWay = new(StringComparer.Ordinal);

    // The readers by whose passes exchanges are under way: anybody has an account, and may send its pass with any number of invented handles.
    private readonly HashSet<string> _readersUnderWay = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _toldOfUseless;

    /// <summary>A renewal of this handle that has been completed in the last minute, or brought nothing useful in the last seconds.</summary>
    public Renewed? Completed(string handle) =>
        _renewed.TryGetValue(handle, out var found) || _ended.TryGetValue(handle, out found) ? (Renewed?)found : null;

    /// <summary>
    /// Renews as soon as there is a place for it. With too many before it, or without a pass with any, it is as if the service did not answer. A reader's pass counts
    /// for one exchange at a time; what is sent with it meanwhile is as good as without.
    /// </summary>
    /// <param name="present">The pass, signed by the service, that came with the handle; null if none did.</param>
    public Task<Renewed> RenewAsync(string handle, VerifiedPass? present)
    {
        lock (_lock)
        {
            if (_underWay.TryGetValue(handle, out var task))
                return task;
            if (Completed(handle) is { } done)
                return Task.FromResult(done);
            if (_underWay.Count >= MostWaiting || !health.MayAsk())
                return Task.FromResult(NoAnswer);
            var reader = present is not null && time.GetUtcNow() - present.IssuedAt <= OldestPass && _readersUnderWay.Add(present.ReaderId) ? present.ReaderId : null;
            var places = reader is null ? _withoutPass : _withPass;
            var hasPlace = places.Wait(0);
            return hasPlace || reader is not null ? _underWay[handle] = ExchangeThenReleaseAsync(handle, reader, places, hasPlace) : Task.FromResult(NoAnswer);
        }
    }

    /// <summary>Begins a renewal that nobody waits for. With too many under way it is left to a later request.</summary>
    /// <param name="present">The pass that came with the handle.</param>
    public void RenewInBackground(string handle, VerifiedPass present)
    {
        lock (_lock)
        {
            if (_underWay.ContainsKey(handle) || !_background.Wait(0))
                return;
        }

        _ = RenewThenReleaseAsync(handle, present);
    }

    /// <summary>Whether a renewal leaves the pass that came with its handle as good as it was; if not, its session is over here.</summary>
    public bool Upholds(VerifiedPass present, Renewed renewed)
    {
        // A doubted pass is proven by its own reader's handle: anybody has one of his own.
        var refuted = renewed.Outcome == CallOutcome.Unknown || (revoked.Doubts(present) && renewed.Pass is { } other && other.ReaderId != present.ReaderId);
        if (refuted)
            revoked.Add(present.SessionId, renewed.EndedBy);
        return !refuted;
    }

    public void Dispose()
    {
        _renewed.Dispose();
        _ended.Dispose();
        _background.Dispose();
        _withPass.Dispose();
        _withoutPass.Dispose();
    }

    private async Task RenewThenReleaseAsync(string handle, VerifiedPass present)
    {
        try
        {
            // Her next request may come when the result is no longer kept.
            Upholds(present, await RenewAsync(handle, present));
        }
        catch (Exception bug)
        {
            logger.LogError(bug, "A reader pass could not be renewed.");
        }
        finally
        {
            _background.Release();
        }
    }

    private async Task<Renewed> ExchangeThenReleaseAsync(string handle, string? reader, SemaphoreSlim places, bool hasPlace)
    {
        // Nobody's lock is held from here on, and nobody's wait is used up.
        await Task.Yield();
        RequestWait.Leave();
        if (!hasPlace)
            await places.WaitAsync();
        try
        {
            // While it waited the service may have gone.
            var renewed = !hasPlace && health.IsDown ? NoAnswer : await ExchangeAsync(handle);
            var kept = ReferenceEquals(renewed, Useless) ? UselessKept : ResultKept;
            if (!ReferenceEquals(renewed, NoAnswer))
                (renewed.Pass is null ? _ended : _renewed).Set(handle, renewed, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = kept });
            return renewed;
        }
        finally
        {
            lock (_lock)
            {
                _underWay.Remove(handle);
                if (reader is not null)
                    _readersUnderWay.Remove(reader);
            }

            places.Release();
        }
    }

    private async Task<Renewed> ExchangeAsync(string handle)
    {
        var result = await service.RenewAsync(handle);
        return result.Outcome switch
        {
            CallOutcome.Unknown => new Renewed(CallOutcome.Unknown, EndedBy: Wire.ToLimit(result.Problem)),
            CallOutcome.Answered => await CheckAsync(result.Value!, result.AskedAt),
            CallOutcome.Unreachable => NoAnswer,
        };
    }

    private async Task<Renewed> CheckAsync(Wire.TokenBody body, DateTimeOffset askedAt)
    {
        var check = await verifier.VerifyAsync(body.Pass, askedAt);
        if (check.Verdict == PassVerdict.Genuine)
        {
            Volatile.Write(ref _toldOfUseless, 0);
            return new Renewed(CallOutcome.Answered, body.Pass, body.Handle, check.Pass);
        }

        if (!check.IsTold && Interlocked.Exchange(ref _toldOfUseless, 1) == 0)
            logger.LogError("The service renewed a reader pass with one that its own keys, audience or longest life do not fit ({Verdict}).", check.Verdict);
        return Useless;
    }
}
