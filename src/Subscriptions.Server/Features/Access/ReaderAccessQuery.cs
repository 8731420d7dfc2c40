using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Access;

/// <summary>A record that lets a reader read, as websites are told.</summary>
public sealed record GrantAnswer(
    GrantKind Kind, string Record, IReadOnlyList<string> Entitlements, DateTimeOffset? From, DateTimeOffset? Until, string Reason);

/// <summary>The notice that stands above every article.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Heading">Its fixed heading.</param>
/// <param name="Body">Its words, a paragraph a line.</param>
/// <param name="MyAccountUrl">Where she can pay, signed in.</param>
/// <param name="UpdatePaymentDetailsUrl">Where she can pay without; null in the third stage.</param>
/// <param name="AccessEndsAt">When she can no longer read without a payment; null where no end is told, and where she cannot any more.</param>
/// <param name="NextAttemptAt">When we try again; null when we do not.</param>
public sealed record NoticeAnswer(
    DunningStage Stage, string Heading, string Body, Uri MyAccountUrl, Uri? UpdatePaymentDetailsUrl, DateTimeOffset? AccessEndsAt, DateTimeOffset? NextAttemptAt);

/// <summary>What a reader may read, and why.</summary>
/// <param name="ReaderId">The reader.</param>
/// <param name="Version">Rises with every change; of two answers the higher is right.</param>
/// <param name="Now">The service's billing time at which it was given.</param>
/// <param name="Entitled">The answer to the plain <c>subscriber</c> requirement.</param>
/// <param name="Reason">Stable name of the rule that decided.</param>
/// <param name="GrantedBy">The record that lets her in.</param>
/// <param name="ValidUntil">The first instant at which the answer could change by itself.</param>
/// <param name="Grants">Every record that lets her read.</param>
/// <param name="Notice">What the page has to show above the article.</param>
public sealed record EntitlementAnswer(
    string ReaderId, long Version, DateTimeOffset Now, bool Entitled, string Reason, string? GrantedBy, DateTimeOffset? ValidUntil,
    IReadOnlyList<GrantAnswer> Grants, NoticeAnswer? Notice)
{
    /// <summary>What the websites' own matcher says of it.</summary>
    /// <param name="requirement">What is asked.</param>
    /// <param name="visit">What a request shows beside its reader, as far as it is known.</param>
    public Decision Decide(Requirement requirement, Visit? visit = null) => Decide(requirement, ReaderId, Version, Grants, Reason, Now, visit);

    internal static Decision Decide(
        Requirement requirement, string readerId, long version, IReadOnlyList<GrantAnswer> grants, string? reason, DateTimeOffset now, Visit? visit = null) => AccessMatcher.Decide(
        requirement,
        new ReaderAccess(readerId, version, [.. grants.Select(g => new Grant(g.Kind.ToString(), g.Record, g.Entitlements, g.From, g.Until, g.Reason))], null, ReaderAccess.WithoutGrantOf(reason)),
        now, visit);
}

/// <summary>Answers what a reader may read.</summary>
public sealed class ReaderAccessQuery(
    IDbContextFactory<SubscriptionsDb> databases, AccessFactsQuery facts, Catalog catalog, PaymentLinks links, PublisherSettings publisher, InstitutionsSettings institutions, BillingClock clock)
{
    /// <summary>The answer now, or null when nobody has that id.</summary>
    public async Task<EntitlementAnswer?> RunAsync(ReaderId readerId)
    {
        var now = clock.Now;
        return await facts.NowAsync(readerId, now) is { } found ? await AnswerAsync(found, now, await NoticeAsync(found, now)) : null;
    }

    /// <summary>
    /// The answer at a past moment, without the notice of then; null when nobody has that id. Settings count as they are now.
    /// </summary>
    public async Task<EntitlementAnswer?> AtAsync(ReaderId readerId, DateTimeOffset at) =>
        await facts.AtAsync(readerId, at) is { } found ? await AnswerAsync(found, at, null) : null;

    private async Task<EntitlementAnswer> AnswerAsync(AccessFacts found, DateTimeOffset now, NoticeAnswer? notice)
    {
        List<AccessGrant?> grants = [];
        foreach (var one in found.Subscriptions)
        {
            grants.Add(GrantOf(one, await catalog.RulesForAsync(one.State), now));
        }

        // Always from the holder's subscription as it stands: of her payments only the dates of access follow, and no notice.
        foreach (var seat in found.Seats)
        {
            var rules = await catalog.RulesForAsync(seat.Holders.State);
            grants.Add(Seat.GrantOf(seat.Id, seat.Number, rules.Plan, GrantOf(seat.Holders, rules, now)));
        }

        grants.AddRange(found.Given.Select(given => given.GrantAt(now)));
        grants.AddRange(institutions.Of(found.Email).Select(one => one.GrantFor(found.Email, found.EmailVerifiedAt, institutions.ConfirmEvery, publisher.Hours, now)));
        IReadOnlyList<GrantAnswer> answers = [.. grants.OfType<AccessGrant>().Select(Answer)];
        var reason = ReasonWithout(found);
        var decision = EntitlementAnswer.Decide(Requirement.Subscriber, found.Reader.Value, found.Version, answers, reason, now);
        return new EntitlementAnswer(
            found.Reader.Value, found.Version, now, decision.Allowed, decision.GrantedBy?.Kind ?? reason, decision.GrantedBy?.Record, decision.ValidUntil, answers, notice);
    }

    private static AccessGrant? GrantOf(SubscriptionFacts one, SubscriptionRules rules, DateTimeOffset now) =>
        AccessRules.GrantOf(one.State, one.Owed, rules, now) is { } grant && (grant.Until is null || grant.Until > now) ? grant : null;

    private static GrantAnswer Answer(AccessGrant grant) => new(grant.Kind, grant.Record, grant.Entitlements, grant.From, grant.Until, grant.Reason);

    // Of the subscription that My Account speaks of: one that was begun and never paid for tells nothing about the one before.
    private static string ReasonWithout(AccessFacts found) => found.Subscriptions.Select(one => one.State)
        .OrderBy(s => s is Subscription.Ended).ThenBy(s => s is Subscription.Ended { Reason: EndReason.NeverPaid }).ThenByDescending(s => s.Contract.StartedAt)
        .FirstOrDefault() switch
    {
        not null and not Subscription.Ended and { Contract.Contested.SuspendsAccess: true } => "PaymentDisputed",
        Subscription.Ended { Reason: EndReason.PaymentReversed } => "EndedForReversedPayment",
        null or Subscription.Ended { Reason: EndReason.NeverPaid } => found.Seats.Count > 0 ? "GroupWithoutAccess" : "NoSubscription",
        Subscription.Ended { Reason: EndReason.NonPayment } => "EndedForNonPayment",
        Subscription.Ended { Reason: EndReason.Canceled or EndReason.PayerDeceased } => "Canceled",
        Subscription.Paused => "Paused",
        Subscription.Incomplete => "FirstPaymentMissing",
        Subscription.PastDue => "PaymentOverdue",

        // Past its last day, and the engine has not closed it yet.
        _ => "Canceled",
    };

    private async Task<NoticeAnswer?> NoticeAsync(AccessFacts found, DateTimeOffset now)
    {
        foreach (var one in found.Subscriptions)
        {
            if (one is { State: Subscription.PastDue { Case.Stage: not DunningStage.Silent } problem, Owed: { } owed })
            {
                await using var db = await databases.CreateDbContextAsync();
                if (await NoticeAsync(db, problem, owed, await catalog.RulesForAsync(problem), now) is { } notice)
                {
                    return notice;
                }
            }
        }

        return null;
    }

    private async Task<NoticeAnswer?> NoticeAsync(SubscriptionsDb db, Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now)
    {
        if (!Tellable.Asks(state, invoice))
        {
            return null;
        }

        var facts = await NoticeFactsOf(db, state, invoice, rules, now);
        var (heading, body) = NoticeWords.For(state.Case.Stage, facts);
        return new NoticeAnswer(
            state.Case.Stage, heading, body, new Uri(publisher.Address, "/my-account"),
            state.Case.Stage == DunningStage.DueToTerminate ? null : links.For(state.Contract.Id, state.Case.Number),
            Tellable.AccessEndsAt(state, invoice, rules, now), Tellable.RetryAt(state, invoice, rules, now));
    }

    /// <summary>The invoice that a payment problem is about.</summary>
    public static async Task<Invoice> OwedAsync(SubscriptionsDb db, Subscription.PastDue state) =>
        (await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == state.Invoice.Id)).ToInvoice();

    /// <summary>What notices say of a case, in the page and by mail alike.</summary>
    public static async Task<NoticeFacts> NoticeFactsOf(SubscriptionsDb db, Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now)
    {
        var schedule = rules.ScheduleOf(state.Case);
        var endAt = schedule.ProjectedEndAt(now);
        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == state.Contract.PaymentMethodId);
        var closed = Tellable.IsClosed(state, invoice, rules);
        var asks = invoice.LiveAttempt is { State: AttemptState.AwaitingReader } || (method is not null && InvoiceDecider.NeedsTheReader(invoice, method.Id));
        var resultDueOn = invoice.LiveAttempt is { State: AttemptState.Processing } processing ? processing.ResultDueOn : null;
        return new NoticeFacts(
            invoice.AmountDue, method?.Last4,
            schedule.ToldRetryAt(now) is { } next ? rules.Hours.DateOf(next) : null, rules.Hours.DateOf(endAt), asks)
        {
            MethodKind = MethodKinds.Of(method?.Kind ?? ""),
            ClosesOn = schedule.ProjectedClosingAt(now) is { } closes ? rules.Hours.DateOf(closes) : null,
            Closed = closed,
            ResultDueOn = resultDueOn,

            // Past its day an end waits for the outcome of whatever is under way, and has no other date; and what would be closed and is not waits for one.
            UnderWay = invoice.LiveAttempt is { State: AttemptState.Processing } || (invoice.LiveAttempt is not null && endAt <= now)
                || (rules.Policy.ClosesInThirdStage && state.Case.Stage == DunningStage.DueToTerminate && !closed),
        };
    }
}
