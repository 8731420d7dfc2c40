using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>
/// What may be done to an invoice. A null state is one that was not raised yet. At most one try is live, at most one
/// PaymentIntent can take money, and what the gateway reports is recorded whatever the state.
/// </summary>
public static class InvoiceDecider
{
    /// <summary>
    /// Minutes after a decline in which staff cannot try the same method again: the bank would say the same, and each try
    /// counts against the card at its network.
    /// </summary>
    public const int StaffPauseMinutes = 10;

    /// <summary>What a command does to an invoice at a moment.</summary>
    public static Outcome<InvoiceEvent> Decide(Invoice? state, InvoiceCommand command, DateTimeOffset now) => (state, command) switch
    {
        (null, RaiseInvoice raise) => Raise(raise, now),
        (null, RaiseReplacement raise) => Raise(raise, now),
        (null, _) => InvoiceRefusals.NotRaised,
        ({ } invoice, RaiseReplacement raise) => invoice.Id == raise.Id ? Outcome<InvoiceEvent>.Accept() : InvoiceRefusals.AlreadyRaised,
        ({ } invoice, RecordDispute record) => Contests.Record(invoice, record.Dispute, now),
        ({ } invoice, RecordFraudWarning record) => Contests.Record(invoice, record.Warning, record.Refund, now),
        ({ } invoice, WithdrawInvoice) => Contests.Withdraw(invoice, now),
        ({ } invoice, RaiseInvoice raise) => invoice.Id == raise.Id ? Outcome<InvoiceEvent>.Accept() : InvoiceRefusals.AlreadyRaised,
        ({ } invoice, RecordPaymentIntentCreated created) => IntentCreated(invoice, created, now),
        ({ } invoice, RecordPaymentIntentKind kind) => IntentKind(invoice, kind, now),
        ({ } invoice, BeginAttempt begin) => Begin(invoice, begin, now),
        ({ } invoice, RecordOutcome outcome) => AttemptOutcomes.Record(invoice, outcome, now),
        ({ } invoice, RecordFoundPayment found) => FoundPayments.Record(invoice, found, now),
        ({ } invoice, StopCollecting) => invoice.Status != InvoiceStatus.Open || invoice.CollectingStopped
            ? Outcome<InvoiceEvent>.Accept()
            : Outcome<InvoiceEvent>.Accept(new CollectingStopped(now)),
        ({ } invoice, RecordPaymentIntentCanceled canceled) => IntentCanceled(invoice, canceled, now),
        ({ } invoice, CloseUnpaid close) => Close(invoice, close, now),
        ({ } invoice, RecordPaymentIntentAmount changed) => AmountChanged(invoice, changed, now),
        ({ } invoice, RequestRefund wish) => RefundDecisions.Request(invoice, wish, now),
        ({ } invoice, RecordRefund said) => RefundDecisions.Record(invoice, said, now),
        ({ } invoice, RecordRefundRefused refused) => RefundDecisions.Refused(invoice, refused, now),
        ({ } invoice, IssueCreditNote wish) => CreditDecisions.Issue(invoice, wish, now),
        ({ } invoice, UseCredit use) => CreditDecisions.Use(invoice, use, now),
        ({ } invoice, SetFormerCardAside aside) => invoice.Attempts.Any(a => InvoiceEvolution.IsOfFormerCard(a, aside.PaymentMethodId, aside.SameNumber))
            ? Outcome<InvoiceEvent>.Accept(new FormerCardSetAside(aside.PaymentMethodId, aside.SameNumber, now))
            : Outcome<InvoiceEvent>.Accept(),
        _ => throw new InvalidOperationException($"No rule for {command.GetType().Name}."),
    };

    /// <summary>Folds one event into the state. Throws at what cannot have happened.</summary>
    public static Invoice Evolve(Invoice? state, InvoiceEvent happened) => InvoiceEvolution.Evolve(state, happened);

    private static Outcome<InvoiceEvent> Raise(RaiseInvoice raise, DateTimeOffset now)
    {
        var plan = raise.Plan;
        InvoiceLine[] lines = [new(plan.Name, plan.Id, raise.Period, plan.Price, plan.TaxCode, plan.TaxRateBasisPoints)];
        return Outcome<InvoiceEvent>.Accept(
            new InvoiceRaised(raise.Id, raise.ReaderId, raise.SubscriptionId, raise.Purpose, raise.Period, lines, plan.Price, now));
    }

    private static Outcome<InvoiceEvent> Raise(RaiseReplacement raise, DateTimeOffset now)
    {
        var plan = raise.Plan;
        InvoiceLine[] lines = [new(plan.Name, plan.Id, raise.Period, raise.Amount, plan.TaxCode, plan.TaxRateBasisPoints)];
        return Outcome<InvoiceEvent>.Accept(
            new InvoiceRaised(raise.Id, raise.ReaderId, raise.SubscriptionId, InvoicePurpose.Reversal, raise.Period, lines, raise.Amount, now) { Replaces = raise.Replaces });
    }

    /// <summary>Why no money may go back on an invoice now; null when it may, as far as disputes go.</summary>
    public static Refusal? RefundObstacle(Invoice invoice) => Contests.RefundObstacle(invoice);

    private static Outcome<InvoiceEvent> IntentCreated(Invoice invoice, RecordPaymentIntentCreated created, DateTimeOffset now) =>
        invoice.PaymentIntent switch
        {
            { GatewayId: { } known } current when current.Number == created.Number =>
                known == created.GatewayId ? Outcome<InvoiceEvent>.Accept() : InvoiceRefusals.AnotherPaymentIntent,
            { } current when current.Number > created.Number => InvoiceRefusals.PaymentIntentReplaced,
            { Canceled: false } current when current.Number < created.Number => InvoiceRefusals.PaymentIntentLive,
            _ => Outcome<InvoiceEvent>.Accept(new PaymentIntentCreated(created.Number, created.GatewayId, created.Amount ?? invoice.AmountDue, now, created.Kind)),
        };

    // What a live try was sent with is not changed under it.
    private static Outcome<InvoiceEvent> IntentKind(Invoice invoice, RecordPaymentIntentKind kind, DateTimeOffset now) => invoice switch
    {
        { PaymentIntent: { } intent } when intent.Number == kind.Number && intent.Kind == kind.Kind => Outcome<InvoiceEvent>.Accept(),
        { LiveAttempt: not null } => InvoiceRefusals.AttemptLive,
        { PaymentIntent: { Canceled: false, GatewayId: not null } intent } when intent.Number == kind.Number =>
            Outcome<InvoiceEvent>.Accept(new PaymentIntentKindChanged(kind.Number, kind.Kind, now)),
        _ => InvoiceRefusals.NoPaymentIntent,
    };

    private static Outcome<InvoiceEvent> Begin(Invoice invoice, BeginAttempt begin, DateTimeOffset now)
    {
        if (Obstacle(invoice, begin, now) is { } refusal)
        {
            return refusal;
        }

        var chargeBefore = invoice.Attempts.Where(a => a.PaymentIntentId == invoice.PaymentIntent!.GatewayId).Select(a => a.ChargeId).LastOrDefault(id => id is not null);
        return Outcome<InvoiceEvent>.Accept(new PaymentAttemptStarted(
            new PaymentAttempt(
                invoice.Attempts.Count + 1, AttemptState.InFlight, begin.PaymentMethodId, begin.Trigger, begin.Actor,
                invoice.PaymentIntent!.GatewayId!, begin.ReturnUrl is not null, begin.ReturnUrl, now, begin.WallNow, chargeBefore,
                null, null, null, null, null, invoice.AmountDue),
            now));
    }

    private static Refusal? Obstacle(Invoice invoice, BeginAttempt begin, DateTimeOffset now) => invoice switch
    {
        { Status: not InvoiceStatus.Open } => InvoiceRefusals.NotOpen,
        { CollectingStopped: true } => InvoiceRefusals.CollectingHasStopped,
        { LiveAttempt: not null } => InvoiceRefusals.AttemptLive,
        { PaymentIntent: null or { GatewayId: null } or { Canceled: true } } => InvoiceRefusals.NoPaymentIntent,
        { PaymentIntent.Amount: var asked } when asked != invoice.AmountDue => InvoiceRefusals.PaymentIntentAmountDiffers,
        _ when RefusedForGood(invoice, begin.PaymentMethodId) => InvoiceRefusals.MethodRefusedForGood,
        _ when Representation.UsedUp(invoice, begin.PaymentMethodId) => InvoiceRefusals.PresentedOftenEnough,
        _ when begin.Trigger == AttemptTrigger.Staff && DeclinedSince(invoice, begin.PaymentMethodId, now.AddMinutes(-StaffPauseMinutes)) => InvoiceRefusals.DeclinedJustNow,
        _ when begin.ReturnUrl is null && NeedsTheReader(invoice, begin.PaymentMethodId) => InvoiceRefusals.MethodNeedsReader,
        _ => null,
    };

    private static bool DeclinedSince(Invoice invoice, string paymentMethodId, DateTimeOffset since) =>
        invoice.Attempts.Any(a => a.PaymentMethodId == paymentMethodId && !a.FormerCard && a.WasDeclined && a.SettledAt > since);

    /// <summary>True when the issuer refused this method for good: it is never tried again.</summary>
    public static bool RefusedForGood(Invoice invoice, string paymentMethodId) =>
        invoice.Attempts.Any(a => a.PaymentMethodId == paymentMethodId && !a.FormerCard && a.Decline?.Class == DeclineClass.Never);

    /// <summary>
    /// True when only the reader herself may use this method here: her bank wants her, or she was asked and walked away,
    /// and who walks away from a payment is not charged behind her back.
    /// </summary>
    public static bool NeedsTheReader(Invoice invoice, string paymentMethodId) =>
        invoice.Attempts.LastOrDefault(a => a.PaymentMethodId == paymentMethodId && !a.FormerCard && (a.WasDeclined || a.State == AttemptState.Abandoned))
            is { State: AttemptState.NeedsAuthentication or AttemptState.Abandoned };

    private static Outcome<InvoiceEvent> IntentCanceled(Invoice invoice, RecordPaymentIntentCanceled canceled, DateTimeOffset now)
    {
        if (invoice.PaymentIntent is not { Canceled: false } current || current.Number != canceled.Number)
        {
            return Outcome<InvoiceEvent>.Accept();
        }

        // What was still under way on it can take no money any more.
        return invoice.LiveAttempt is { } live
            ? Outcome<InvoiceEvent>.Accept(
                live.State == AttemptState.AwaitingReader
                    ? new PaymentAttemptAbandoned(live.Number, now)
                    : new PaymentAttemptNotReceived(live.Number, "The PaymentIntent was cancelled before it took money.", now),
                new PaymentIntentCanceled(canceled.Number, now))
            : Outcome<InvoiceEvent>.Accept(new PaymentIntentCanceled(canceled.Number, now));
    }

    private static Outcome<InvoiceEvent> Close(Invoice invoice, CloseUnpaid close, DateTimeOffset now) => invoice switch
    {
        { Status: InvoiceStatus.Void or InvoiceStatus.Uncollectible } => Outcome<InvoiceEvent>.Accept(),
        { Status: not InvoiceStatus.Open } => InvoiceRefusals.NotOpen,
        { LiveAttempt: not null } => InvoiceRefusals.AttemptLive,
        { PaymentIntent: { Canceled: false, GatewayId: not null } } => InvoiceRefusals.PaymentIntentLive,
        _ when close.WriteOff => Outcome<InvoiceEvent>.Accept(new InvoiceWrittenOff(invoice.AmountDue, close.Reason, now)),

        // Never owed: what it had used of the account was not owed either. What is given up stays used.
        { CreditUsed.Amount: not 0 } => Outcome<InvoiceEvent>.Accept(new InvoiceVoided(invoice.AmountDue, close.Reason, now), new CreditPutBack(invoice.CreditUsed, now)),
        _ => Outcome<InvoiceEvent>.Accept(new InvoiceVoided(invoice.AmountDue, close.Reason, now)),
    };

    private static Outcome<InvoiceEvent> AmountChanged(Invoice invoice, RecordPaymentIntentAmount changed, DateTimeOffset now) =>
        invoice is { LiveAttempt: null, PaymentIntent: { } intent } && intent.Number == changed.Number && intent.Amount != changed.Amount
            ? Outcome<InvoiceEvent>.Accept(new PaymentIntentAmountChanged(changed.Number, changed.Amount, now))
            : Outcome<InvoiceEvent>.Accept();

    /// <summary>True when a credit note of this amount leaves nothing to charge: its PaymentIntent has to be cancelled first.</summary>
    public static bool LeavesNothing(Invoice invoice, Money credit) =>
        invoice.Status == InvoiceStatus.Open && credit.Currency == invoice.Total.Currency && CreditDecisions.Closes(invoice, credit);
}
