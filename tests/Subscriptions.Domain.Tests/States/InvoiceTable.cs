using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Invoices.InvoiceCommand;

namespace Subscriptions.Domain.Tests.States;

/// <summary>One canonical example of every state of an invoice, and of every command.</summary>
internal static class InvoiceTable
{
    private static readonly DateTimeOffset _now = Given.Declined;
    private static readonly BillingPeriod _period = new(new(2026, 3, 2), new(2026, 4, 2));
    private static readonly RaiseInvoice _raise = new(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, _period, Given.Monthly);
    private static readonly BeginAttempt _begin = new("pm_1", AttemptTrigger.Schedule, "system", null, _now);
    private static readonly Decline _soft = new("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal);
    private static readonly RecordOutcome _declined = new(1, new AttemptOutcome.Declined(_soft, "ch_1"));
    private static readonly RecordOutcome _lost = new(1, new AttemptOutcome.Declined(_soft with { DeclineCode = "lost_card", Class = DeclineClass.Never }, "ch_1"));

    private static readonly Invoice _open = Do(null, _raise, new RecordPaymentIntentCreated(1, "pi_1"));
    private static readonly Invoice _paid = Do(_open, _begin, new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1")));
    private static readonly RequestRefund _refund = new(new Money(400, "GBP"), AdjustmentReason.AskedByReader, "staff:1", "key-1");
    private static readonly Invoice _closing = Do(_open, _begin, _declined, new StopCollecting());

    public static StateTable States => new(
        "Command",
        [
            ("not raised", null),
            ("Open", _open),
            ("Open, attempt live", Do(_open, _begin)),
            ("Open, last attempt declined", Do(_open, _begin, _declined)),
            ("Open, card refused for good", Do(_open, _begin, _lost)),
            ("Open, collecting stopped", _closing),
            ("Open, lowered by a credit note", Do(_open, Credit(300, CreditDestination.Invoice))),
            ("Paid", _paid),
            ("Paid, refund asked for", Do(_paid, _refund)),
            ("Paid, refunded in part", Do(_paid, _refund, Said(RefundState.Succeeded))),
            ("Paid, disputed", Do(_paid, Dispute(DisputeStatus.Open))),
            ("Paid, reversed", Do(_paid, Dispute(DisputeStatus.Lost))),
            ("NothingDue", Do(null, _raise, new UseCredit(new Money(5000, "GBP")))),
            ("Void", Do(_closing, new RecordPaymentIntentCanceled(1), new CloseUnpaid(false))),
            ("Uncollectible", Do(_closing, new RecordPaymentIntentCanceled(1), new CloseUnpaid(true))),
            ("Uncollectible, refund due", Do(_closing, new RecordPaymentIntentCanceled(1), new CloseUnpaid(true), Outcome(new AttemptOutcome.Succeeded("ch_2")))),
        ],
        Commands);

    private static IEnumerable<(string Name, Func<object, string> Cell)> Commands =>
    [
        Row("RaiseInvoice", _raise),
        Row("RaiseInvoice, under another id", _raise with { Id = new("inv_2") }),
        Row("RecordPaymentIntentCreated, the same", new RecordPaymentIntentCreated(1, "pi_1")),
        Row("RecordPaymentIntentCreated, the next", new RecordPaymentIntentCreated(2, "pi_2")),
        Row("RecordPaymentIntentKind, another", new RecordPaymentIntentKind(1, MethodKind.BacsMandate)),
        Row("RecordPaymentIntentKind, the same", new RecordPaymentIntentKind(1, MethodKind.Card)),
        Row("BeginAttempt", _begin),
        Row("BeginAttempt, with another method", _begin with { PaymentMethodId = "pm_2" }),
        Row("RecordOutcome: Succeeded", Outcome(new AttemptOutcome.Succeeded("ch_2"))),
        Row("RecordOutcome: Declined", _declined),
        Row("RecordOutcome: NeedsAuthentication", Outcome(new AttemptOutcome.NeedsAuthentication(_soft, null))),
        Row("RecordOutcome: AwaitingReader", Outcome(new AttemptOutcome.AwaitingReader(null))),
        Row("RecordOutcome: Processing", Outcome(new AttemptOutcome.Processing())),
        Row("RecordOutcome: Unknown", Outcome(new AttemptOutcome.Unknown("timed out"))),
        Row("RecordOutcome: NotReceived", Outcome(new AttemptOutcome.NotReceived("lost"))),
        Row("RecordOutcome: RefusedByGateway", Outcome(new AttemptOutcome.RefusedByGateway("parameter_invalid: No."))),
        Row("RecordOutcome: Abandoned", Outcome(new AttemptOutcome.Abandoned())),
        Row("RecordFoundPayment, of a PaymentIntent that is not known", new RecordFoundPayment("pi_9", "ch_9", "pm_9", "system", _now)),
        Row("RecordFoundPayment, of the known one", new RecordFoundPayment("pi_1", "ch_2", "pm_1", "system", _now)),
        Row("StopCollecting", new StopCollecting()),
        Row("RecordPaymentIntentCanceled", new RecordPaymentIntentCanceled(1)),
        Row("CloseUnpaid, as never owed", new CloseUnpaid(false)),
        Row("CloseUnpaid, as given up", new CloseUnpaid(true)),
        Row("RaiseReplacement", new RaiseReplacement(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), _period, Given.Monthly, new("inv_0"), Given.Monthly.Price)),
        Row("RecordDispute: Inquiry", Dispute(DisputeStatus.Inquiry)),
        Row("RecordDispute: InquiryClosed", Dispute(DisputeStatus.InquiryClosed)),
        Row("RecordDispute: Open", Dispute(DisputeStatus.Open)),
        Row("RecordDispute: Won", Dispute(DisputeStatus.Won)),
        Row("RecordDispute: Lost", Dispute(DisputeStatus.Lost)),
        Row("RecordDispute: not contestable", new RecordDispute(Dispute(DisputeStatus.Open).Dispute with { GatewayId = "du_2", Contestable = false })),
        Row("RecordFraudWarning", new RecordFraudWarning(new("issfr_1", "ch_1", "made_with_lost_card", true), false)),
        Row("RecordFraudWarning, to be refunded by setting", new RecordFraudWarning(new("issfr_1", "ch_1", "made_with_lost_card", true), true)),
        Row("WithdrawInvoice", new WithdrawInvoice()),
        Row("RecordPaymentIntentAmount", new RecordPaymentIntentAmount(1, new Money(699, "GBP"))),
        Row("UseCredit", new UseCredit(new Money(100, "GBP"))),
        Row("IssueCreditNote, to lower what is due", Credit(100, CreditDestination.Invoice)),
        Row("IssueCreditNote, to leave nothing due", Credit(Given.Monthly.Price.Amount, CreditDestination.Invoice)),
        Row("IssueCreditNote, to the account", Credit(100, CreditDestination.Account)),
        Row("IssueCreditNote, to be refunded", Credit(100, CreditDestination.Refund)),
        Row("RequestRefund", _refund with { RequestKey = "key-2" }),
        Row("RequestRefund, with the same key", _refund),
        Row("RequestRefund, above what was paid", _refund with { Amount = new Money(100_000, "GBP"), RequestKey = "key-2" }),
        Row("RecordRefund: made", Said(RefundState.Succeeded)),
        Row("RecordRefund: on its way", Said(RefundState.Pending)),
        Row("RecordRefund: failed", Said(RefundState.Failed)),
        Row("RecordRefund: made by hand", new RecordRefund(null, "re_hand", "pi_1", new Money(100, "GBP"), RefundState.Succeeded)),
        Row("RecordRefundRefused", new RecordRefundRefused(1, "charge_disputed")),
        Row("SetFormerCardAside", new SetFormerCardAside("pm_1", false)),
    ];

    private static IssueCreditNote Credit(long amount, CreditDestination destination) =>
        new(new Money(amount, "GBP"), AdjustmentReason.Goodwill, destination, "staff:1", null);

    private static RecordDispute Dispute(DisputeStatus status) => new(new Dispute("du_1", "ch_1", status, true, "fraudulent", Given.Monthly.Price, null, null));

    private static RecordRefund Said(RefundState state) => new(1, "re_1", "pi_1", new Money(400, "GBP"), state);

    private static RecordOutcome Outcome(AttemptOutcome outcome) => new(1, outcome);

    private static (string Name, Func<object, string> Cell) Row(string name, InvoiceCommand command) =>
        (name, given => StateTable.Cell(InvoiceDecider.Decide((Invoice?)given, command, _now)));

    private static Invoice Do(Invoice? invoice, params InvoiceCommand[] commands) => commands.Aggregate(
        invoice, (state, command) => ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(state, command, _now)).Events.Aggregate(state, InvoiceDecider.Evolve))!;
}
