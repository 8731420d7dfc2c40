using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Who asks, and what the answer is.</summary>
internal sealed class RequestDecider
{
    private readonly AccessCache _cache;
    private readonly ReaderIdentifier _identifier;
    private readonly ReaderCookies _cookies;
    private readonly ServiceHealth _health;
    private readonly ServiceTime _serviceTime;
    private readonly VisitReader _visits;
    private readonly TimeProvider _time;
    private readonly TimeSpan _mostWait;
    private readonly ILogger<RequestDecider> _log;
    private int _toldLate;

    public RequestDecider(
        AccessCache cache, ReaderIdentifier identifier, VisitReader visits, ReaderCookies cookies, ServiceHealth health, ServiceTime serviceTime,
        PaywallLinks links, TimeProvider time, IOptions<PaywallOptions> options, ILogger<RequestDecider> log)
    {
        (_mostWait, _log) = (options.Value.RequestTimeout, log);
        (_cache, _identifier, _visits, _cookies, _health, _serviceTime, _time, Links) = (cache, identifier, visits, cookies, health, serviceTime, time, links);
        Ungated = new(this, AccessMatcher.Decide(Requirement.Free, null, default), default, withoutService: false);
    }

    /// <summary>For pages that ask nothing; nobody was identified.</summary>
    public PaywallFeature Ungated { get; }

    public PaywallLinks Links { get; }

    /// <summary>The article that a reader may give by a link: one that her own grants let her read. Null for any other.</summary>
    public string? GiftOf(HttpContext context) =>
        _visits.GiftsAreOn && context.Features.Get<IPaywallFeature>() is PaywallFeature { Decision: { Allowed: true, GrantedBy.Kind: var kind }, ReaderId: not null }
        && kind is not (GrantKinds.GiftLink or GrantKinds.Institution or GrantKinds.Region or GrantKinds.Crawler or GrantKinds.StaffPreview)
            ? _visits.ArticleOf(context)
            : null;

    /// <summary>
    /// For a page that looks different to whoever is signed in: no cache may keep it for a reader, and one that keeps it for everybody
    /// else must not give it to a reader. Whether there is anything that could name a reader, and she may be named.
    /// </summary>
    public bool MarkAndSeeReader(HttpContext context)
    {
        if (_identifier.MayHaveReader(context))
            return MarkInTime(context);
        PrivateResponse.MarkVaried(context);
        return false;
    }

    /// <summary>
    /// Marks a response as depending on its reader; false where its first bytes have told caches already that they may keep it. It is then a page for
    /// nobody, and the site's engineers are told.
    /// </summary>
    public bool MarkInTime(HttpContext context)
    {
        var isMarked = PrivateResponse.Mark(context);
        if (!isMarked && Interlocked.Exchange(ref _toldLate, 1) == 0)
        {
            _log.LogError(
                "{Path} asked who reads after its first bytes were sent, which had not told caches that it depends on its reader, and was answered: nobody. Ask before the first byte, or state what the page asks, be it FreeToRead. Told once.",
                context.Request.Path);
        }

        return isMarked;
    }

    /// <summary>The usual case: a reader met before, an answer in memory. Nothing is awaited, and the clock is read once.</summary>
    public PaywallFeature? TryDecide(HttpContext context, Requirement requirement)
    {
        var now = _time.GetUtcNow();
        if (!_identifier.TryIdentify(context, out var identity, now))
            return null;
        Decision? decision;
        if (!identity.HasReader)
            decision = AccessMatcher.Decide(requirement, null, default);
        else if (!_cache.TryDecide(identity.ReaderId!, requirement, out decision, now))
            return null;
        if (!IsFinal(decision!) && _visits.MayMatter(context, requirement))
            return null;
        if (decision!.GrantedBy is { } grant)
            _identifier.RememberEntitled(context, identity, grant, now);
        return new PaywallFeature(this, decision, identity, withoutService: false);
    }

    /// <summary>Decides, waiting where it has to.</summary>
    /// <param name="countsArticle">Whether this request brings the article, so that a meter counts it.</param>
    public async ValueTask<PaywallFeature> DecideAsync(HttpContext context, Requirement requirement, bool countsArticle = true)
    {
        RequestWait.Begin(context, _mostWait);
        var identity = await _identifier.IdentifyAsync(context);
        if (requirement.Kind == RequirementKind.Free)
            return new PaywallFeature(this, AccessMatcher.Decide(requirement, null, default), identity, withoutService: false);
        var made = await DecideForReaderAsync(context, identity, requirement);
        if (IsFinal(made.Decision))
        {
            if (made is { WithoutService: false, Decision.GrantedBy: { } grant })
                _identifier.RememberEntitled(context, identity, grant, _time.GetUtcNow());
        }
        else if (GiftDesk.HasLink(context.Request))
        {
            // Whoever comes by a link reads by it, and none of the articles that are free to her is counted for it.
            made = made.Decision.Allowed ? made with { Decision = AccessMatcher.Decide(Requirement.Subscriber, made.Access, _serviceTime.Now) } : made;
        }
        else if (_visits.MayMatter(context, requirement))
        {
            made = await WithVisitAsync(context, identity, requirement, made, countsArticle);
        }

        return new PaywallFeature(this, made.Decision, identity, made.WithoutService);
    }

    // Nothing that the visit shows could change it: whoever may read may read, and only what a meter decides is counted.
    private static bool IsFinal(Decision decision) =>
        decision.Allowed && (decision.Requirement.Kind != RequirementKind.Metered || decision.Reason == DecisionReason.Granted);

    private async ValueTask<DecisionMade> DecideForReaderAsync(HttpContext context, ReaderIdentity identity, Requirement requirement)
    {
        if (identity.HasReader)
            return await _cache.DecideAsync(identity.ReaderId!, requirement, _identifier.KnownOf(context, identity));
        if (identity.EndedBy is { } limit)
            return new(AccessMatcher.SignedInElsewhere(requirement, limit.Sessions), false, null);

        if (identity.Kind != IdentityKind.CannotTell)
            return new(AccessMatcher.Decide(requirement, null, default), false, null);
        _health.CountDecision(DecisionOutcome.Unavailable);
        return new(AccessMatcher.ServiceUnreachable(requirement), true, null);
    }

    private async ValueTask<DecisionMade> WithVisitAsync(HttpContext context, ReaderIdentity identity, Requirement requirement, DecisionMade made, bool countsArticle)
    {
        var visit = await _visits.OfAsync(context, identity.ReaderId, requirement, countsArticle);
        var access = made.Access ?? (made.WithoutService && identity.HasReader ? new ReaderAccess(identity.ReaderId!, 0, []) : null);
        var decision = AccessMatcher.Decide(requirement, access, _serviceTime.Now, visit);
        // That her session ended here is more to her than that nobody is signed in.
        if (made.Decision.Reason == DecisionReason.SignedInElsewhere && !decision.Allowed)
            return made;
        // Whoever is refused now may have more at the service than is known here.
        // So may whoever comes by a gift that nobody can count, or asks for an article of a meter that is not known yet.
        var cannotTell = made.WithoutService || visit.GiftWaits || (requirement.Kind == RequirementKind.Metered && !_visits.IsKnown && _health.IsDown);
        return (cannotTell && !decision.Allowed) || (visit.MeterWaits && decision.Reason == DecisionReason.WithinMeter)
            ? made with { Decision = AccessMatcher.ServiceUnreachable(requirement, decision.Notice) }
            : made with { Decision = decision };
    }

    public async ValueTask<string?> ReaderIdAsync(HttpContext context)
    {
        RequestWait.Begin(context, _mostWait);
        return (await IdentifyAsync(context)).ReaderId;
    }

    /// <summary>The notice to show to whoever reads; the response is marked as depending on her.</summary>
    public ValueTask<ReaderNotice?> NoticeAsync(HttpContext context)
    {
        // A gated page was marked when it was decided, and its notice came with the decision.
        if (context.Features.Get<IPaywallFeature>()?.Decision is { Requirement.Kind: not RequirementKind.Free } decided)
            return new(Unhidden(context, decided.Notice));
        return MarkAndSeeReader(context) ? LookUpNoticeAsync(context) : default;
    }

    private async ValueTask<ReaderNotice?> LookUpNoticeAsync(HttpContext context)
    {
        RequestWait.Begin(context, _mostWait);
        return (await IdentifyAsync(context)).ReaderId is { } readerId ? Unhidden(context, await _cache.NoticeAsync(readerId)) : null;
    }

    private ReaderNotice? Unhidden(HttpContext context, ReaderNotice? notice) => notice is null || IsDismissed(context, notice) ? null : notice;

    private async ValueTask<ReaderIdentity> IdentifyAsync(HttpContext context) =>
        context.Features.Get<IPaywallFeature>() is PaywallFeature { Identity.Kind: not IdentityKind.Anonymous } decided
            ? decided.Identity
            : await _identifier.IdentifyAsync(context);

    private bool IsDismissed(HttpContext context, ReaderNotice notice) =>
        CookieHeader.Read(context.Request, _cookies.Dismissed) is { } dismissed && NoticeKey.Of(notice) is { } key && dismissed.Split('.').Contains(key);
}
