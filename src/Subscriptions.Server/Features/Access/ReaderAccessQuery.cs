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
    public Decision Decide(Requirement requirement) => Decide(requirement, ReaderId, Version, Grants, Now);

    internal static Decision Decide(Requirement requirement, string readerId, long version, IReadOnlyList<GrantAnswer> grants, DateTimeOffset now) => AccessMatcher.Decide(
        requirement, new ReaderAccess(readerId, version, [.. grants.Select(g => new Grant(g.Kind.ToString(), g.Record, g.Entitlements, g.From, g.Until, g.Reason))]), now);
}

/// <summary>Answers what a reader may read now.</summary>
public sealed class ReaderAccessQuery(
    IDbContextFactory<SubscriptionsDb> databases, Catalog catalog, PaymentLinks links, PublisherSettings publisher, InstitutionsSettings institutions, BillingClock clock)
{
    /// <summary>The answer, or null when nobody has that id.</summary>
    public async Task<EntitlementAnswer?> RunAsync(ReaderId readerId)
    {
        await using var db = await databases.CreateDbContextAsync();

        // The version is read first: an answer may be newer than its version says, never older.
        var reader = await db.Readers.Where(r => r.Id == readerId).Select(r => new { r.AccessVersion, r.Email, r.EmailVerifiedAt }).SingleOrDefaultAsync();
        if (reader is null)
        {
            return null;
        }

        var now = clock.Now;
        var rows = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == readerId).ToListAsync();
        List<GrantAnswer> grants = [];
        NoticeAnswer? notice = null;
        foreach (var state in rows.Select(row => row.ToState()).OrderByDescending(s => s.Contract.StartedAt))
        {
            var rules = await catalog.RulesForAsync(state);
            var owed = state is Subscription.PastDue problem ? await OwedAsync(db, problem) : null;
            if (GrantOf(state, owed, rules, now) is { } grant)
            {
                grants.Add(Answer(grant));
            }

            notice ??= state is Subscription.PastDue { Case.Stage: not DunningStage.Silent } pastDue ? await NoticeAsync(db, pastDue, owed!, rules, now) : null;
        }

        var seats = await db.Seats.AsNoTracking().Where(s => s.ReaderId == readerId && s.Number != null).OrderBy(s => s.TakenAt).ToListAsync();
        grants.AddRange((await SeatGrantsAsync(db, seats, now)).Select(Answer));

        foreach (var given in await GiveAccess.Current(db, readerId, now).OrderBy(g => g.GivenAt).ToListAsync())
        {
            if (given.ToGiven().GrantAt(now) is { } grant)
            {
                grants.Add(Answer(grant));
            }
        }

        grants.AddRange(institutions.Of(reader.Email)
            .Select(one => one.GrantFor(reader.Email, reader.EmailVerifiedAt, institutions.ConfirmEvery, publisher.Hours, now)).OfType<AccessGrant>().Select(Answer));
        var decision = EntitlementAnswer.Decide(Requirement.Subscriber, readerId.Value, reader.AccessVersion, grants, now);
        return new EntitlementAnswer(
            readerId.Value, reader.AccessVersion, now, decision.Allowed, decision.GrantedBy?.Kind ?? ReasonWithout(rows, seats.Count > 0), decision.GrantedBy?.Record, decision.ValidUntil, grants, notice);
    }

    // Always from the holder's subscription as it stands: of her payments only the dates of access follow, and no notice.
    private async Task<IReadOnlyList<AccessGrant>> SeatGrantsAsync(SubscriptionsDb db, List<SeatRow> seats, DateTimeOffset now)
    {
        List<AccessGrant> grants = [];
        foreach (var seat in seats)
        {
            var state = (await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == seat.SubscriptionId)).ToState();
            var rules = await catalog.RulesForAsync(state);
            var owed = state is Subscription.PastDue problem ? await OwedAsync(db, problem) : null;
            if (Seat.GrantOf(seat.Id, seat.Number!.Value, rules.Plan, GrantOf(state, owed, rules, now)) is { } grant)
            {
                grants.Add(grant);
            }
        }

        return grants;
    }

    private static AccessGrant? GrantOf(Subscription.Started state, Invoice? owed, SubscriptionRules rules, DateTimeOffset now) =>
        AccessRules.GrantOf(state, Tellable.EndWaits(owed), rules, now) is { } grant && (grant.Until is null || grant.Until > now) ? grant : null;

    private static GrantAnswer Answer(AccessGrant grant) => new(grant.Kind, grant.Record, grant.Entitlements, grant.From, grant.Until, grant.Reason);

    // Of the subscription that My Account speaks of: one that was begun and never paid for tells nothing about the one before.
    private static string ReasonWithout(List<SubscriptionRow> rows, bool hasSeat) => rows
        .OrderBy(r => r.Status == nameof(Subscription.Ended)).ThenBy(r => r.EndReason == EndReason.NeverPaid).ThenByDescending(r => r.StartedAt)
        .FirstOrDefault() switch
    {
        { EndedAt: null } row when row.ToState().Contract.Contested.SuspendsAccess => "PaymentDisputed",
        { Status: nameof(Subscription.Ended), EndReason: EndReason.PaymentReversed } => "EndedForReversedPayment",
        null or { Status: nameof(Subscription.Ended), EndReason: EndReason.NeverPaid } => hasSeat ? "GroupWithoutAccess" : "NoSubscription",
        { Status: nameof(Subscription.Ended), EndReason: EndReason.NonPayment } => "EndedForNonPayment",
        { Status: nameof(Subscription.Ended), EndReason: EndReason.Canceled or EndReason.PayerDeceased } => "Canceled",
        { Status: nameof(Subscription.Paused) } => "Paused",
        { Status: nameof(Subscription.Incomplete) } => "FirstPaymentMissing",

        // Past its last day, and the engine has not closed it yet.
        _ => "Canceled",
    };

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
            Tellable.EndAt(state, invoice, rules, now), Tellable.RetryAt(state, invoice, rules, now));
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
        var asks = invoice.LiveAttempt is { State: AttemptState.AwaitingReader } || (method is not null && InvoiceDecider.NeedsTheReader(invoice, method.Id));
        var resultDueOn = invoice.LiveAttempt is { State: AttemptState.Processing } processing ? processing.ResultDueOn : null;
        return new NoticeFacts(
            invoice.AmountDue, method?.Last4,
            schedule.ToldRetryAt(now) is { } next ? rules.Hours.DateOf(next) : null, rules.Hours.DateOf(endAt), asks)
        {
            MethodKind = MethodKinds.Of(method?.Kind ?? ""),
            ResultDueOn = resultDueOn,

            // Past its day an end waits for the outcome of whatever is under way, and has no other date.
            UnderWay = invoice.LiveAttempt is { State: AttemptState.Processing } || (invoice.LiveAttempt is not null && endAt <= now),
        };
    }
}
