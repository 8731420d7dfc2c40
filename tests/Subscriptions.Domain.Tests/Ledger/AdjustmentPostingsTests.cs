using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Tests.Life;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Ledger;

/// <summary>Refunds, credits and closings leave on the books what is owed, held and given back, and nothing else.</summary>
public sealed class AdjustmentPostingsTests
{
    private static readonly PlanVersion _taxed = Monthly with { TaxRateBasisPoints = 2000 };

    [Test]
    public void Whatever_is_credited_refunded_and_closed_the_books_hold_what_the_invoice_says() => Prop.ForAll(
        Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(40), LifeTests.Shorter), numbers =>
        {
            Invoice? invoice = null;
            var books = Enum.GetValues<LedgerAccount>().ToDictionary(a => a, _ => 0L);
            var (credit, version) = (0L, 0);
            void Do(InvoiceCommand command)
            {
                foreach (var e in (InvoiceDecider.Decide(invoice, command, Declined) as Outcome<InvoiceEvent>.Accepted)?.Events ?? [])
                {
                    foreach (var line in Postings.For(e, invoice, ++version)?.Lines ?? [])
                    {
                        books[line.Account] += line.Amount;
                    }

                    invoice = InvoiceDecider.Evolve(invoice, e);
                    credit += e switch
                    {
                        InvoiceEvent.CreditTaken t => -t.Amount.Amount,
                        InvoiceEvent.CreditPutBack t => t.Amount.Amount,
                        InvoiceEvent.RemainderCarriedOver t => -t.Amount.Amount,
                        InvoiceEvent.CreditNoteIssued { Destination: CreditDestination.Account } t => t.Amount.Amount,
                        _ => 0,
                    };
                }
            }

            Do(new RaiseInvoice(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), _taxed));
            foreach (var number in numbers)
            {
                Do(Move(invoice!, number % 9, number / 9));
                var late = invoice!.Refunds.Where(r => r.Reason == AdjustmentReason.LatePayment && !r.IsMade && r.State != RefundState.Canceled).Sum(r => r.Amount.Amount);
                Must(books.Values.Sum() == 0, "the books sum to zero");
                Must(books[LedgerAccount.Receivable] == invoice.AmountDue.Amount, "the reader owes what is due");
                Must(books[LedgerAccount.Gateway] == invoice.Paid.Amount - invoice.Refunded.Amount, "the gateway holds what was paid less what went back");
                Must(-books[LedgerAccount.CreditOnAccount] == credit, "the account holds what was credited");
                Must(-books[LedgerAccount.ToReturn] == late, "what came for nothing owed is owed back");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static InvoiceCommand Move(Invoice invoice, int kind, int how)
    {
        var amount = new Money(1 + (how % 1050), "GBP");
        var asked = invoice.Refunds.LastOrDefault();
        return kind switch
        {
            0 => new UseCredit(amount with { Amount = (how % 2400) - 1200 }),
            1 or 2 => new IssueCreditNote(amount, AdjustmentReason.Goodwill, (CreditDestination)(how % 3), "staff:1", null),
            3 => how % 3 == 0 ? new RecordPaymentIntentCanceled(invoice.PaymentIntent?.Number ?? 1) : new RecordPaymentIntentCreated((invoice.PaymentIntent?.Number ?? 0) + 1, $"pi_{(invoice.PaymentIntent?.Number ?? 0) + 1}"),
            4 => invoice.PaymentIntent?.Amount != invoice.AmountDue && invoice.PaymentIntent is { } intent
                ? new RecordPaymentIntentAmount(intent.Number, invoice.AmountDue)
                : new BeginAttempt("pm_1", AttemptTrigger.Schedule, "system", null, Declined),
            5 => new RecordOutcome(invoice.Attempts.Count, how % 2 == 0 ? new AttemptOutcome.Succeeded("ch_1") : new AttemptOutcome.NotReceived("lost")),
            6 => how % 5 == 0 ? new CloseUnpaid(how % 2 == 0, AdjustmentReason.Other) : new RequestRefund(amount, AdjustmentReason.AskedByReader, "staff:1", null),
            7 when asked is not null => new RecordRefund(asked.Number, asked.GatewayId ?? $"re_{asked.Number}", asked.PaymentIntentId, asked.Amount, (RefundState)(1 + (how % 2))),
            _ when asked is { IsMade: true, Reason: not AdjustmentReason.LatePayment } => new RecordRefund(asked.Number, asked.GatewayId!, asked.PaymentIntentId, asked.Amount, RefundState.Failed),
            _ => new RecordRefundRefused(asked?.Number ?? 1, "refused"),
        };
    }

    private static void Must(bool holds, string claim)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(claim);
        }
    }
}
