namespace Subscriptions.Paywall;

/// <summary>
/// The only code that decides who may read what. Pure and total: the same three arguments always give the same answer, every
/// combination gives one, and nothing is thrown. Middleware, API, My Account and support all call it, so that they agree.
/// </summary>
public static class AccessMatcher
{
    private static readonly Decision FreeToAll =
        new(Requirement.Free, DecisionOutcome.Allowed, DecisionReason.FreeToRead, NextStep.None);

    /// <summary>Decides for one reader and one visit.</summary>
    /// <param name="requirement">What is asked.</param>
    /// <param name="reader">The reader, or null if nobody is signed in or the service knows nobody of that id.</param>
    /// <param name="now">The instant to decide for, in the service's time (which is the time of the grants).</param>
    /// <param name="visit">
    /// What the request shows beside its reader. It only ever adds: whoever may read without it may read with it. Null as long as it has not been looked at.
    /// </param>
    /// <returns>
    /// The decision, which stays the same for every instant from <paramref name="now"/> up to its
    /// <see cref="Decision.ValidUntil"/> as long as <paramref name="reader"/> and <paramref name="visit"/> are the same.
    /// </returns>
    public static Decision Decide(Requirement requirement, ReaderAccess? reader, DateTimeOffset now, Visit? visit = null)
    {
        ArgumentNullException.ThrowIfNull(requirement);
        return requirement.Kind switch
        {
            RequirementKind.Free when reader?.Notice is null => FreeToAll,
            RequirementKind.Free => FreeToAll with { Notice = reader.Notice },
            RequirementKind.Registered when reader is not null => SignedIn(requirement, reader),
            RequirementKind.Registered or RequirementKind.Metered => DecideOpen(requirement, reader, visit, now),
            _ => DecideByGrants(requirement, reader, visit, now),
        };
    }

    /// <summary>The decision when the service cannot be asked and nothing known lets the reader in.</summary>
    public static Decision ServiceUnreachable(Requirement requirement, ReaderNotice? notice = null) =>
        new(requirement, DecisionOutcome.Unavailable, DecisionReason.ServiceUnreachable, NextStep.TryLater, Notice: notice);

    /// <summary>The decision for a browser whose session had to make room for a later one of the same reader.</summary>
    /// <param name="requirement">What is asked.</param>
    /// <param name="otherDevices">On how many other devices she may be signed in; null if that is not known.</param>
    public static Decision SignedInElsewhere(Requirement requirement, int? otherDevices) =>
        new(requirement, DecisionOutcome.SignIn, DecisionReason.SignedInElsewhere, NextStep.SignIn) { OtherDevices = otherDevices };

    private static Decision SignedIn(Requirement requirement, ReaderAccess reader) =>
        new(requirement, DecisionOutcome.Allowed, DecisionReason.SignedIn, NextStep.None, Notice: reader.Notice);

    // Who could read what is for subscribers is neither asked to register nor counted.
    private static Decision DecideOpen(Requirement requirement, ReaderAccess? reader, Visit? visit, DateTimeOffset now)
    {
        if (LongestCurrent(reader, visit, Requirement.SubscriberEntitlement, now) is { } granting)
            return Granted(requirement, reader, visit, granting, now);
        if (requirement.Kind == RequirementKind.Metered && visit?.Meter is { } meter)
            return Metered(requirement, reader, visit, meter, now);
        return reader is null ? NotSignedIn(requirement, visit, now) : SignedIn(requirement, reader) with { ValidUntil = NextBoundary(reader, visit, now) };
    }

    private static Decision Metered(Requirement requirement, ReaderAccess? reader, Visit visit, MeterReading meter, DateTimeOffset now)
    {
        var (outcome, reason) = true switch
        {
            _ when meter.Allows => (DecisionOutcome.Allowed, DecisionReason.WithinMeter),
            _ when reader is null => (DecisionOutcome.SignIn, DecisionReason.MeterUsedUp),
            _ => (DecisionOutcome.Refused, DecisionReason.MeterUsedUp),
        };
        var until = Earlier(NextBoundary(reader, visit, now), meter.ChangesAt, now);
        return new(requirement, outcome, reason, StepAfter(reason), null, until, reader?.Notice) { Meter = meter };
    }

    private static Decision DecideByGrants(Requirement requirement, ReaderAccess? reader, Visit? visit, DateTimeOffset now)
    {
        Grant? granting = null;
        foreach (var entitlement in requirement.Entitlements)
        {
            granting = LongestCurrent(reader, visit, entitlement, now);
            if (granting is null)
                return reader is null ? NotSignedIn(requirement, visit, now) : Refuse(requirement, reader, visit, entitlement, now);
        }

        return Granted(requirement, reader, visit, granting, now);
    }

    private static Decision Granted(Requirement requirement, ReaderAccess? reader, Visit? visit, Grant? granting, DateTimeOffset now) =>
        new(requirement, DecisionOutcome.Allowed, DecisionReason.Granted, NextStep.None, granting, NextBoundary(reader, visit, now), reader?.Notice);

    private static Decision NotSignedIn(Requirement requirement, Visit? visit, DateTimeOffset now)
    {
        var reason = visit is { GiftIsSpent: true } ? DecisionReason.GiftIsSpent : DecisionReason.NotSignedIn;
        return new(requirement, DecisionOutcome.SignIn, reason, StepAfter(reason), null, NextBoundary(null, visit, now));
    }

    private static Decision Refuse(Requirement requirement, ReaderAccess reader, Visit? visit, string missing, DateTimeOffset now)
    {
        var begins = BeginsAt(requirement, reader, visit, missing, now);
        var reason = true switch
        {
            _ when begins is not null => DecisionReason.NotYetStarted,
            _ when missing != Requirement.SubscriberEntitlement => DecisionReason.NotInPlan,
            _ when reader.WithoutGrant == DecisionReason.NotSubscribed && reader.Grants.Any(grant => grant.Opens(missing)) =>
                DecisionReason.SubscriptionEnded,
            _ when reader.WithoutGrant == DecisionReason.NotSubscribed && visit is { GiftIsSpent: true } => DecisionReason.GiftIsSpent,
            _ => reader.WithoutGrant,
        };
        return new(requirement, DecisionOutcome.Refused, reason, StepAfter(reason), null, NextBoundary(reader, visit, now), reader.Notice) { BeginsAt = begins };
    }

    // A day on which the next of several parts begins would be told for the day on which she can read; it is told only where no day opens all of them.
    private static DateTimeOffset? BeginsAt(Requirement requirement, ReaderAccess reader, Visit? visit, string missing, DateTimeOffset now)
    {
        if (reader.Grants.Where(grant => grant.Opens(missing) && now < grant.From).Min(grant => grant.From) is not { } earliest)
            return null;
        var beginnings = reader.Grants.Select(grant => grant.From).Where(from => from >= earliest).Order();
        return beginnings.FirstOrDefault(from => requirement.Entitlements.All(one => LongestCurrent(reader, visit, one, from!.Value) is not null)) ?? earliest;
    }

    private static NextStep StepAfter(DecisionReason reason) => reason switch
    {
        DecisionReason.NotSignedIn or DecisionReason.SignedInElsewhere => NextStep.SignIn,
        DecisionReason.NotSubscribed or DecisionReason.MeterUsedUp or DecisionReason.GiftIsSpent => NextStep.Subscribe,
        DecisionReason.SubscriptionEnded => NextStep.ComeBack,
        DecisionReason.SubscriptionPaused => NextStep.Resume,
        DecisionReason.PaymentDisputed => NextStep.AwaitDispute,
        DecisionReason.PaymentOverdue => NextStep.Pay,
        DecisionReason.FirstPaymentMissing => NextStep.FinishSubscribing,
        DecisionReason.NotYetStarted => NextStep.Wait,
        DecisionReason.NotInPlan => NextStep.ChangePlan,
        DecisionReason.ServiceUnreachable => NextStep.TryLater,
        DecisionReason.FreeToRead or DecisionReason.SignedIn or DecisionReason.Granted or DecisionReason.WithinMeter => NextStep.None,
    };

    // Of several grants the one that lasts longest is named, among equals the one that opens most (it alone is remembered for an outage), and then the
    // first by record, so that the answer never flickers.
    private static Grant? LongestCurrent(ReaderAccess? reader, Visit? visit, string entitlement, DateTimeOffset now) =>
        (reader is null ? null : LongestCurrent(reader.Grants, entitlement, now)) ?? (visit is null ? null : LongestCurrent(visit.Grants, entitlement, now));

    private static Grant? LongestCurrent(IReadOnlyList<Grant> grants, string entitlement, DateTimeOffset now)
    {
        Grant? best = null;
        for (var i = 0; i < grants.Count; i++)
            if (grants[i].IsCurrent(now) && grants[i].Opens(entitlement) && (best is null || Outlasts(grants[i], best)))
                best = grants[i];
        return best;
    }

    private static bool Outlasts(Grant one, Grant other)
    {
        var byEnd = (one.Until ?? DateTimeOffset.MaxValue).CompareTo(other.Until ?? DateTimeOffset.MaxValue);
        if (byEnd != 0)
            return byEnd > 0;
        return one.Entitlements.Count != other.Entitlements.Count
            ? one.Entitlements.Count > other.Entitlements.Count
            : string.CompareOrdinal(one.Record, other.Record) < 0;
    }

    private static DateTimeOffset? NextBoundary(ReaderAccess? reader, Visit? visit, DateTimeOffset now)
    {
        var next = reader is null ? null : NextBoundary(reader.Grants, null, now);
        return visit is null ? next : NextBoundary(visit.Grants, next, now);
    }

    private static DateTimeOffset? NextBoundary(IReadOnlyList<Grant> grants, DateTimeOffset? next, DateTimeOffset now)
    {
        for (var i = 0; i < grants.Count; i++)
        {
            next = Earlier(next, grants[i].From, now);
            next = Earlier(next, grants[i].Until, now);
        }

        return next;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? best, DateTimeOffset? boundary, DateTimeOffset now) =>
        boundary > now && (best is null || boundary < best) ? boundary : best;
}
