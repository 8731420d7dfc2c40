using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;

namespace Subscriptions.Domain.Invoices;

/// <summary>When an invoice is worked on next. The timetable's retries come from the case; the rest is settling what is under way.</summary>
public static class CollectionSchedule
{
    /// <summary>Minutes for which a bank's challenge stays open.</summary>
    public const int ChallengeMinutes = 60;

    /// <summary>Stands for the count of tries where the gateway refused the work itself: the next look is a day away, whoever passes by.</summary>
    public const int RefusedTries = 1000;

    private static readonly int[] UnknownBackOffMinutes = [1, 2, 5, 15, 30, 60, 120, 240];

    /// <summary>The moment at which the invoice should be looked at, or null when nothing is to be done by itself.</summary>
    /// <param name="invoice">The invoice.</param>
    /// <param name="subscription">What raised it.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="tries">How often this work came to nothing in a row; stretches the back-off.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? NextAt(Invoice invoice, Subscription subscription, SubscriptionRules rules, int tries, DateTimeOffset now) => invoice switch
    {
        { HasRefundToMake: true } => now.Add(BackOff(tries)),
        { LiveAttempt: { State: AttemptState.AwaitingReader } live } => Later(live.StartedAt.AddMinutes(ChallengeMinutes), now.Add(BackOff(tries))),
        { LiveAttempt.State: AttemptState.Processing } => tries == 0 ? now.AddDays(1) : now.Add(BackOff(tries)),
        { LiveAttempt.State: AttemptState.Unknown } => now.Add(BackOff(tries)),
        { LiveAttempt: not null } => now,
        { Withdrawn: true, Status: InvoiceStatus.Open } => now.Add(BackOff(tries)),

        // Its gateway is asked once a day how a dispute stands: a knock that was lost must not hold the charges for ever.
        { Status: not InvoiceStatus.Open, Contest.IsOpen: true } => tries == 0 ? now.AddDays(1) : now.Add(BackOff(tries)),

        // A refund on its way is looked after once a day, in case the gateway's word on it is lost.
        { Status: not InvoiceStatus.Open } when invoice.Refunds.Any(r => r.State == RefundState.Pending) => tries == 0 ? now.AddDays(1) : now.Add(BackOff(tries)),
        { Status: not InvoiceStatus.Open } or { CollectingStopped: true } => null,
        _ => NextTryAt(invoice, subscription, rules, tries, now),
    };

    private static DateTimeOffset? NextTryAt(Invoice invoice, Subscription subscription, SubscriptionRules rules, int tries, DateTimeOffset now)
    {
        var last = invoice.Attempts.LastOrDefault(a => a is { State: not AttemptState.Abandoned, FormerCard: false });
        var method = (subscription as Started)?.Contract.PaymentMethodId;
        var mayBeTried = method is not null && !InvoiceDecider.RefusedForGood(invoice, method) && !Representation.UsedUp(invoice, method) && !InvoiceDecider.NeedsTheReader(invoice, method);
        return (subscription, last) switch
        {
            // Looked at again in a day, so that nothing stands still if the word that it is decided is lost on the way.
            (Started { Contract.Contested.HoldsCharges: true }, _) => now.AddDays(1),

            // Nothing was judged: the same try is made again soon, whatever the timetable says.
            (_, { State: AttemptState.NotReceived }) when mayBeTried => now.Add(BackOff(tries)),
            (PastDue { Case.HeldBackUntil: not null } s, _) => rules.ScheduleOf(s.Case).NextRetryAt(),

            // The request was our mistake: once a day is enough to find it mended, and whoever mends it can try at once.
            (_, { State: AttemptState.RefusedByGateway } refused) when mayBeTried && refused.PaymentMethodId == method => NextDay(refused.SettledAt!.Value, rules.Hours),

            // A method that this case knows nothing of yet is tried at once.
            (PastDue s, _) when mayBeTried && method != s.Case.UnusableMethodId && method != last?.PaymentMethodId => now,
            (PastDue s, _) => rules.ScheduleOf(s.Case).NextRetryAt(),
            (Active or Trialing, _) => now.Add(tries == 0 ? TimeSpan.Zero : BackOff(tries)),
            (Incomplete, null) when mayBeTried => now.Add(tries == 0 ? TimeSpan.Zero : BackOff(tries)),
            (Incomplete, { } judged) when mayBeTried && judged.PaymentMethodId != method => now,
            _ => null,
        };
    }

    /// <summary>When what the gateway refused by a mistake of ours is tried again by itself: on the next day, when collecting begins.</summary>
    public static DateTimeOffset NextDay(DateTimeOffset refusedAt, PublisherHours hours) => hours.At(hours.DateOf(refusedAt).AddDays(1), hours.Collect);

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    /// <summary>How long to wait after so many tries in a row that came to nothing.</summary>
    public static TimeSpan BackOff(int tries) =>
        tries >= RefusedTries ? TimeSpan.FromDays(1) : tries <= 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(UnknownBackOffMinutes[Math.Min(tries, UnknownBackOffMinutes.Length) - 1]);
}
