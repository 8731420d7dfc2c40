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
            ("Paid", Do(_open, _begin, new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1")))),
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
        Row("RecordOutcome: Abandoned", Outcome(new AttemptOutcome.Abandoned())),
        Row("StopCollecting", new StopCollecting()),
        Row("RecordPaymentIntentCanceled", new RecordPaymentIntentCanceled(1)),
        Row("CloseUnpaid, as never owed", new CloseUnpaid(false)),
        Row("CloseUnpaid, as given up", new CloseUnpaid(true)),
        Row("RecordRefundFailed", new RecordRefundFailed("re_1")),
        Row("RecordRefund", new RecordRefund("re_1", Given.Monthly.Price)),
    ];

    private static RecordOutcome Outcome(AttemptOutcome outcome) => new(1, outcome);

    private static (string Name, Func<object, string> Cell) Row(string name, InvoiceCommand command) =>
        (name, given => StateTable.Cell(InvoiceDecider.Decide((Invoice?)given, command, _now)));

    private static Invoice Do(Invoice? invoice, params InvoiceCommand[] commands) => commands.Aggregate(
        invoice, (state, command) => ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(state, command, _now)).Events.Aggregate(state, InvoiceDecider.Evolve))!;
}
