using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>Who asks, and what the answer is.</summary>
internal sealed class RequestDecider(AccessCache cache, ReaderIdentifier identifier, ReaderCookies cookies, ServiceHealth health)
{
    /// <summary>
    /// For a page that looks different to whoever is signed in: no cache may keep it for a reader, and one that keeps it for everybody
    /// else must not give it to a reader. Whether there is anything that could name a reader.
    /// </summary>
    public bool MarkAndSeeReader(HttpContext context)
    {
        var mayHaveReader = identifier.MayHaveReader(context);
        if (mayHaveReader)
            PrivateResponse.Mark(context);
        else
            PrivateResponse.MarkVaried(context);
        return mayHaveReader;
    }

    /// <summary>The usual case: a reader met before, an answer in memory. Nothing is awaited.</summary>
    public PaywallFeature? TryDecide(HttpContext context, Requirement requirement)
    {
        if (!identifier.TryIdentify(context, out var identity))
            return null;
        if (!identity.HasReader)
            return new PaywallFeature(AccessMatcher.Decide(requirement, null, default), identity, withoutService: false);
        if (!cache.TryDecide(identity.ReaderId!, requirement, out var decision))
            return null;
        if (decision!.GrantedBy is { } grant)
            identifier.RememberEntitled(context, identity, grant);
        return new PaywallFeature(decision, identity, withoutService: false);
    }

    public async ValueTask<PaywallFeature> DecideAsync(HttpContext context, Requirement requirement)
    {
        var identity = await identifier.IdentifyAsync(context);
        if (identity.Kind == IdentityKind.CannotTell && requirement.Kind != RequirementKind.Free)
        {
            health.CountDecision(DecisionOutcome.Unavailable);
            return new PaywallFeature(AccessMatcher.ServiceUnreachable(requirement), identity, withoutService: true);
        }

        if (!identity.HasReader || requirement.Kind == RequirementKind.Free)
            return new PaywallFeature(AccessMatcher.Decide(requirement, null, default), identity, withoutService: false);
        var known = identifier.KnownOf(context, identity);
        var made = await cache.DecideAsync(identity.ReaderId!, requirement, known);
        if (made is { WithoutService: false, Decision.GrantedBy: { } grant })
            identifier.RememberEntitled(context, identity, grant);
        return new PaywallFeature(made.Decision, identity, made.WithoutService);
    }

    public async ValueTask<string?> ReaderIdAsync(HttpContext context) => (await IdentifyAsync(context)).ReaderId;

    public async ValueTask<ReaderNotice?> NoticeAsync(HttpContext context)
    {
        var identity = await IdentifyAsync(context);
        if (!identity.HasReader)
            return null;
        var notice = context.Features.Get<IPaywallFeature>()?.Decision is { Requirement.Kind: not RequirementKind.Free } decided
            ? decided.Notice
            : await cache.NoticeAsync(identity.ReaderId!);
        return notice is null || IsDismissed(context, notice) ? null : notice;
    }

    private async ValueTask<ReaderIdentity> IdentifyAsync(HttpContext context) =>
        context.Features.Get<IPaywallFeature>() is PaywallFeature { Identity.Kind: not IdentityKind.Anonymous } decided
            ? decided.Identity
            : await identifier.IdentifyAsync(context);

    private bool IsDismissed(HttpContext context, ReaderNotice notice) =>
        CookieHeader.Read(context.Request, cookies.Dismissed) is { } dismissed && NoticeKey.Of(notice) is { } key && dismissed.Split('.').Contains(key);
}
