using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>Who asks, and what the answer is.</summary>
internal sealed class RequestDecider
{
    private readonly AccessCache _cache;
    private readonly ReaderIdentifier _identifier;
    private readonly ReaderCookies _cookies;
    private readonly ServiceHealth _health;
    private readonly TimeProvider _time;

    public RequestDecider(
        AccessCache cache, ReaderIdentifier identifier, ReaderCookies cookies, ServiceHealth health, PaywallLinks links, TimeProvider time)
    {
        (_cache, _identifier, _cookies, _health, _time, Links) = (cache, identifier, cookies, health, time, links);
        Ungated = new(this, AccessMatcher.Decide(Requirement.Free, null, default), default, withoutService: false);
    }

    /// <summary>For pages that ask nothing; nobody was identified.</summary>
    public PaywallFeature Ungated { get; }

    public PaywallLinks Links { get; }

    /// <summary>
    /// For a page that looks different to whoever is signed in: no cache may keep it for a reader, and one that keeps it for everybody
    /// else must not give it to a reader. Whether there is anything that could name a reader.
    /// </summary>
    public bool MarkAndSeeReader(HttpContext context)
    {
        var mayHaveReader = _identifier.MayHaveReader(context);
        if (mayHaveReader)
            PrivateResponse.Mark(context);
        else
            PrivateResponse.MarkVaried(context);
        return mayHaveReader;
    }

    /// <summary>The usual case: a reader met before, an answer in memory. Nothing is awaited, and the clock is read once.</summary>
    public PaywallFeature? TryDecide(HttpContext context, Requirement requirement)
    {
        var now = _time.GetUtcNow();
        if (!_identifier.TryIdentify(context, out var identity, now))
            return null;
        if (!identity.HasReader)
            return new PaywallFeature(this, AccessMatcher.Decide(requirement, null, default), identity, withoutService: false);
        if (!_cache.TryDecide(identity.ReaderId!, requirement, out var decision, now))
            return null;
        if (decision!.GrantedBy is { } grant)
            _identifier.RememberEntitled(context, identity, grant, now);
        return new PaywallFeature(this, decision, identity, withoutService: false);
    }

    public async ValueTask<PaywallFeature> DecideAsync(HttpContext context, Requirement requirement)
    {
        var identity = await _identifier.IdentifyAsync(context);
        if (identity.Kind == IdentityKind.CannotTell && requirement.Kind != RequirementKind.Free)
        {
            _health.CountDecision(DecisionOutcome.Unavailable);
            return new PaywallFeature(this, AccessMatcher.ServiceUnreachable(requirement), identity, withoutService: true);
        }

        if (!identity.HasReader || requirement.Kind == RequirementKind.Free)
            return new PaywallFeature(this, AccessMatcher.Decide(requirement, null, default), identity, withoutService: false);
        var known = _identifier.KnownOf(context, identity);
        var made = await _cache.DecideAsync(identity.ReaderId!, requirement, known);
        if (made is { WithoutService: false, Decision.GrantedBy: { } grant })
            _identifier.RememberEntitled(context, identity, grant, _time.GetUtcNow());
        return new PaywallFeature(this, made.Decision, identity, made.WithoutService);
    }

    public async ValueTask<string?> ReaderIdAsync(HttpContext context) => (await IdentifyAsync(context)).ReaderId;

    /// <summary>The notice to show to whoever reads; the response is marked as depending on her.</summary>
    public ValueTask<ReaderNotice?> NoticeAsync(HttpContext context)
    {
        // A gated page was marked when it was decided, and its notice came with the decision.
        if (context.Features.Get<IPaywallFeature>()?.Decision is { Requirement.Kind: not RequirementKind.Free } decided)
            return new(Unhidden(context, decided.Notice));
        return MarkAndSeeReader(context) ? LookUpNoticeAsync(context) : default;
    }

    private async ValueTask<ReaderNotice?> LookUpNoticeAsync(HttpContext context) =>
        (await IdentifyAsync(context)).ReaderId is { } readerId ? Unhidden(context, await _cache.NoticeAsync(readerId)) : null;

    private ReaderNotice? Unhidden(HttpContext context, ReaderNotice? notice) => notice is null || IsDismissed(context, notice) ? null : notice;

    private async ValueTask<ReaderIdentity> IdentifyAsync(HttpContext context) =>
        context.Features.Get<IPaywallFeature>() is PaywallFeature { Identity.Kind: not IdentityKind.Anonymous } decided
            ? decided.Identity
            : await _identifier.IdentifyAsync(context);

    private bool IsDismissed(HttpContext context, ReaderNotice notice) =>
        CookieHeader.Read(context.Request, _cookies.Dismissed) is { } dismissed && NoticeKey.Of(notice) is { } key && dismissed.Split('.').Contains(key);
}
