using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Dunning;

/// <summary>
/// What may be told of a payment problem at this moment: the same for the page, My Account, support, the API and the mails, so that none of
/// them names a date which the engine would not keep.
/// </summary>
public static class Tellable
{
    /// <summary>
    /// Whether the reader is asked to do something: not while a payment is disputed, nor once the money that was asked for again came back or the
    /// subscription is on its way out, when nothing would be collected any more.
    /// </summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    public static bool Asks(Subscription.PastDue state, Invoice invoice) => state.Ending is null && !state.Contract.Contested.HoldsCharges && !CameBack(invoice);

    /// <summary>Whether its dates stand: the reader is asked, and no payment is on its way on whose result they hang.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    public static bool DatesStand(Subscription.PastDue state, Invoice invoice) => Asks(state, invoice) && invoice.LiveAttempt is not { State: AttemptState.Processing };

    /// <summary>The end that may be told; null during the silent tries, while the dates do not stand, and for one that is overdue: it comes when that does for which it waits.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? EndAt(Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now) =>
        state.Case.Stage != DunningStage.Silent && DatesStand(state, invoice) && rules.ScheduleOf(state.Case).ProjectedEndAt(now) is var end && end > now ? end : null;

    /// <summary>
    /// When what is for subscribers closes before the end; null where it does not, or has, and wherever no end may be told either. A closing that is overdue is told as now.
    /// </summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? ClosesAt(Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now) =>
        state.Case.Stage != DunningStage.Silent && DatesStand(state, invoice) && rules.ScheduleOf(state.Case).ProjectedClosingAt(now) is { } at ? (at > now ? at : now) : null;

    /// <summary>When she can no longer read without a payment; null where no end may be told, and in a third stage in which what is for subscribers closes.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? AccessEndsAt(Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now) =>
        rules.Policy.ClosesInThirdStage ? ClosesAt(state, invoice, rules, now) : EndAt(state, invoice, rules, now);

    /// <summary>
    /// Whether what is for subscribers is closed by the policy: in the third stage, but not while a payment may have been made whose outcome is not known yet,
    /// nor once what was owed has come back.
    /// </summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="owed">What is owed.</param>
    /// <param name="rules">Its versions.</param>
    public static bool IsClosed(Subscription.PastDue state, Invoice? owed, SubscriptionRules rules) =>
        rules.Policy.ClosesInThirdStage && state.Case.Stage == DunningStage.DueToTerminate
        && owed is not ({ LiveAttempt.State: AttemptState.Processing or AttemptState.Unknown } or { Withdrawn: true, Status: InvoiceStatus.Open });

    /// <summary>The next try that may be told; null when none is planned, and while the dates do not stand.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? RetryAt(Subscription.PastDue state, Invoice invoice, SubscriptionRules rules, DateTimeOffset now) =>
        DatesStand(state, invoice) ? rules.ScheduleOf(state.Case).ToldRetryAt(now) : null;

    /// <summary>Whether an end waits for something without a date: a try that has no final outcome, under which nobody is ended, or money that came back.</summary>
    /// <param name="owed">What a payment problem is about; null without one.</param>
    public static bool EndWaits(Invoice? owed) => owed is not null && (owed.LiveAttempt is not null || CameBack(owed));

    /// <summary>Whether what the invoice asks for again has come back; it only waits for its PaymentIntent to be shut.</summary>
    public static bool CameBack(Invoice invoice) => invoice is { Withdrawn: true, Status: InvoiceStatus.Open };
}
