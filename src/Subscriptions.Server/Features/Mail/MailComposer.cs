using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Mail;

/// <summary>A mail's content, and the end that it tells if it is a notice.</summary>
public sealed record ComposedMail(MailModel Model, DateOnly? EndsOn, DateOnly? ClosesOn = null);

/// <summary>Puts a mail's facts together from what is true now; null when there is nothing left to say.</summary>
public sealed class MailComposer(Catalog catalog, PaymentLinks links, PublisherSettings publisher, BillingClock clock)
{
    private Uri MyAccount => new(publisher.Address, "/my-account");

    /// <summary>The content of a mail to a reader.</summary>
    public async Task<ComposedMail?> ComposeAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader)
    {
        var rows = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == reader.Id).OrderBy(s => s.StartedAt).ThenBy(s => s.Id).ToListAsync();
        var state = rows.Single(s => s.Id == mail.SubscriptionId).ToState();
        if (OfTheDead(state) || OfTheDead(rows[^1].ToState()))
        {
            // Not even of a refund that staff make: they have the task, and speak with the family.
            return null;
        }

        var rules = await catalog.RulesForAsync(state);
        return (mail.Kind, state) switch
        {
            (MailKind.DunningNotice, Subscription.PastDue s) when Waits(s, mail) => await NoticeAsync(db, mail, reader, s, rules),
            (MailKind.EndMoved, Subscription.PastDue s) when s.Case.Number == mail.CaseNumber && s.Ending is null => await EndMovedAsync(db, mail, reader, s, rules),
            (MailKind.RefundMade, _) => await RefundAsync(db, mail, reader),
            (MailKind.CollectionUnderWay, not Subscription.Ended) => await CollectionAsync(db, mail, reader, state, rules),
            (MailKind.PaymentReceived, Subscription.Active s) => await PaymentReceivedAsync(db, mail, reader, s),
            (MailKind.Welcome, Subscription.Active s) => Plain(
                new WelcomeMail(reader.Name, rules.Plan.Name, await PaidAsync(db, mail) ?? rules.Plan.Price, rules.Plan.Price, s.Period.To, MyAccount)),
            (MailKind.Welcome, Subscription.Trialing s) => Plain(new WelcomeMail(reader.Name, rules.Plan.Name, null, rules.Plan.Price, s.Trial.To, MyAccount)),
            (MailKind.CancellationConfirmed, Subscription.Active { CancelAtPeriodEnd: true } s) => Cancelled(reader, s, s.Period.To),
            (MailKind.CancellationConfirmed, Subscription.Trialing { CancelAtPeriodEnd: true } s) => Cancelled(reader, s, s.Trial.To),
            (MailKind.MethodGone, _) => await MethodGoneAsync(db, mail, reader, state, rules),
            (MailKind.CardExpires, _) => await CardExpiresAsync(db, mail, reader, state, rules),
            (MailKind.SubscriptionEnded, Subscription.Ended s) => Plain(
                new SubscriptionEndedMail(reader.Name, s.Reason, rules.Hours.DateOf(s.EndedAt), new Uri(publisher.Address, "/subscribe"))),
            _ => null,
        };
    }

    /// <summary>True while the case behind a notice stands still, because a payment is disputed or on its way, or because what it asks for came back.</summary>
    public async Task<bool> StandsStillAsync(SubscriptionsDb db, MailRow mail)
    {
        var row = await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == mail.SubscriptionId);
        return row.ToState() is Subscription.PastDue { Ending: null } s && s.Case.Number == mail.CaseNumber
            && !Tellable.DatesStand(s, await ReaderAccessQuery.OwedAsync(db, s));
    }

    private static bool OfTheDead(Subscription state) => state is Subscription.Ended { Reason: EndReason.PayerDeceased } || state.Ending() == EndReason.PayerDeceased;

    private static bool Waits(Subscription.PastDue state, MailRow mail) =>
        state.Ending is null && state.Case.Number == mail.CaseNumber && state.Case.Notices.Any(n => n.Stage == mail.Stage && n.HandedOverAt is null);

    private async Task<ComposedMail> NoticeAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription.PastDue state, SubscriptionRules rules)
    {
        var facts = await ReaderAccessQuery.NoticeFactsOf(db, state, await ReaderAccessQuery.OwedAsync(db, state), rules, clock.Now);
        return new(
            new DunningNoticeMail(reader.Name, mail.Stage!.Value, facts, MyAccount, links.For(state.Contract.Id, state.Case.Number)),
            facts.EndsOn, facts.ClosesOn);
    }

    private async Task<ComposedMail?> EndMovedAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription.PastDue state, SubscriptionRules rules)
    {
        var failed = mail.Id.Contains(BillingUnit.FailedCollection, StringComparison.Ordinal);
        if (failed && await db.Mails.AnyAsync(m => m.SubscriptionId == mail.SubscriptionId && m.CaseNumber == mail.CaseNumber && m.Kind == MailKind.EndMoved
            && m.Id.Contains(BillingUnit.FailedCollection) && m.CreatedAt > mail.CreatedAt))
        {
            // Another one failed before this could be told: that is told, once.
            return null;
        }

        var facts = await ReaderAccessQuery.NoticeFactsOf(db, state, await ReaderAccessQuery.OwedAsync(db, state), rules, clock.Now);
        return Plain(new DateMovedMail(reader.Name, facts, mail.FormerEndsOn ?? facts.EndsOn, MyAccount)
        {
            CollectionFailed = failed,
        });
    }

    private async Task<ComposedMail> PaymentReceivedAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription.Active state)
    {
        var invoice = await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == mail.InvoiceId);
        var methodId = invoice.Attempts.OrderBy(a => a.Number).LastOrDefault()?.PaymentMethodId;
        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == methodId);
        return Plain(new PaymentReceivedMail(
            reader.Name, invoice.ToInvoice().Paid, method?.Last4, state.CancelAtPeriodEnd ? null : state.Period.To, MyAccount)
        {
            MethodKind = MethodKinds.Of(method?.Kind ?? ""),
        });
    }

    private static async Task<Money?> PaidAsync(SubscriptionsDb db, MailRow mail) =>
        (await db.Invoices.AsNoTracking().Include(i => i.Attempts).FirstOrDefaultAsync(i => i.Id == mail.InvoiceId))?.ToInvoice().Paid;

    // What was sent back meanwhile is not told as made.
    private async Task<ComposedMail?> RefundAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader)
    {
        var row = await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == mail.InvoiceId);
        var invoice = row.ToInvoice();
        if (invoice.Refunds.FirstOrDefault(r => r.Number == mail.RefundNumber) is not { IsMade: true } refund)
        {
            return null;
        }

        var methodId = invoice.Attempts.LastOrDefault(a => a.PaymentIntentId == refund.PaymentIntentId && a.State == AttemptState.Succeeded)?.PaymentMethodId;
        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == methodId);
        return Plain(new RefundMadeMail(reader.Name, refund.Amount, method?.Last4, row.Number, MyAccount)
        {
            MethodKind = MethodKinds.Of(method?.Kind ?? ""),
        });
    }

    // Only while it is on its way: a result is told by what follows from it.
    private async Task<ComposedMail?> CollectionAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription state, SubscriptionRules rules)
    {
        var invoice = await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == mail.InvoiceId);
        if (invoice.Attempts.FirstOrDefault(a => a.State == AttemptState.Processing) is not { ResultDueOn: { } dueOn } attempt)
        {
            return null;
        }

        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == attempt.PaymentMethodId);
        return Plain(new CollectionUnderWayMail(
            reader.Name, invoice.ToInvoice().AmountDue, MethodKinds.Of(method?.Kind ?? ""), method?.Last4,
            rules.Hours.DateOf(attempt.StartedAt), dueOn, state is not Subscription.Incomplete, MyAccount));
    }

    // Said only while it is so: of the very card that is charged now, to somebody who will be charged again, and not once the nearer warning is due.
    private async Task<ComposedMail?> CardExpiresAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription.Started state, SubscriptionRules rules)
    {
        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == state.Contract.PaymentMethodId);
        return CardExpiry.WillRenew(state) && ExpiryWarnings.Of(method, rules.Hours, clock.Now) is { } due && mail.Id == BillingUnit.MailId(mail.Kind, state.Contract, due.Number)
            ? Plain(new CardExpiresMail(reader.Name, method!.Last4, due.LastDay, new Uri(publisher.Address, "/my-account/payment"), MyAccount))
            : null;
    }

    // Said only while it is so: once she has laid another down, or will not be charged again, there is nothing to do.
    private async Task<ComposedMail?> MethodGoneAsync(SubscriptionsDb db, MailRow mail, ReaderRow reader, Subscription.Started state, SubscriptionRules rules)
    {
        if (!CardExpiry.WillRenew(state) || state.Contract.PaymentMethodId is not { } id || mail.Id != BillingUnit.MailId(mail.Kind, state.Contract, id))
        {
            return null;
        }

        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id);
        var next = state is Subscription.Active active ? active.Period.To : ((Subscription.Trialing)state).Trial.To;
        return Plain(new MethodGoneMail(
            reader.Name, MethodKinds.Of(method?.Kind ?? ""), method?.Last4, next > rules.Hours.DateOf(clock.Now) ? next : null, new Uri(publisher.Address, "/my-account/payment"), MyAccount));
    }

    // Access ends when the day begins, so the last day on which she reads is the one before.
    private ComposedMail Cancelled(ReaderRow reader, Subscription.Started state, DateOnly periodTo) =>
        Plain(new CancellationConfirmedMail(reader.Name, periodTo.AddDays(-1), MyAccount) { Closed = state.Contract.Contested.SuspendsAccess });

    private static ComposedMail Plain(MailModel model) => new(model, null);
}
