using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;

namespace Subscriptions.Domain.Tests.Life;

/// <summary>Any command in any state, sense or not: the deciders answer, and what they answer can be folded.</summary>
public sealed class TotalityTests
{
    private static readonly InvoiceId[] _invoices =
        [.. Enumerable.Range(1, 4).SelectMany(n => new[] { "f20260131", "t20260214", "r20260228", "r20260331" }, (n, what) => new InvoiceId($"inv_1_1_{what}_{n}"))];

    [Test]
    public void No_command_in_any_state_of_a_subscription_is_left_without_an_answer() => Prop.ForAll(Numbers(), numbers =>
    {
        foreach (var rules in new[] { Given.Rules, Given.TrialRules })
        {
            var now = Given.Utc(2026, 1, 31, 9, 30);
            Subscription state = new Subscription.NotStarted();
            foreach (var number in numbers)
            {
                now = (number % 3) switch
                {
                    0 => now.AddMinutes(number / 3 % 5000),
                    1 when LifecycleSchedule.Next(state, rules, now) is { } step && step.At > now => step.At,
                    _ => now,
                };
                if (SubscriptionDecider.Decide(state, CommandOf(state, number / 3), rules, now) is Outcome<SubscriptionEvent>.Accepted accepted)
                {
                    state = accepted.Events.Aggregate(state, SubscriptionDecider.Evolve);
                }
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Test]
    public void No_command_in_any_state_of_an_invoice_is_left_without_an_answer() => Prop.ForAll(Numbers(), numbers =>
    {
        var now = Given.Declined;
        Invoice? invoice = null;
        foreach (var number in numbers)
        {
            now = now.AddMinutes(number % 100);
            if (InvoiceDecider.Decide(invoice, CommandOf(number / 100), now) is Outcome<InvoiceEvent>.Accepted accepted)
            {
                invoice = accepted.Events.Aggregate(invoice, InvoiceDecider.Evolve);
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static SubscriptionCommand CommandOf(Subscription state, int number)
    {
        var how = number / 24;
        return (number % 24) switch
        {
            0 or 1 => new StartSubscription(new("sub_1_1"), new("rdr_1"), how % 2 == 0 ? "pm_1" : null),
            2 or 3 => new AdvanceSubscription(how % 4 == 0),
            4 or 5 => new RecordInvoicePaid(InvoiceOf(state, how)),
            6 or 7 => new RecordInvoiceDeclined(InvoiceOf(state, how), how % 5, (DeclineClass)(how % 3)),
            8 or 9 => new RecordNoticeHandedOver(how % 3, (DunningStage)(how / 3 % 4), new DateOnly(2026, 1, 1).AddDays(how % 400)),
            10 => new RecordNoticeUndeliverable(how % 3, (DunningStage)(how / 3 % 4)),
            11 => how % 4 == 0 ? new RecordMethodRenewed($"pm_{how % 3}", how % 8 == 0) : new ChangePaymentMethod($"pm_{how % 3}"),
            12 => how % 4 == 0 ? new CancelSubscription() : new KeepSubscription(),
            13 => new CompleteEnd(),
            14 => how % 4 == 0 ? new WarnOfExpiry($"pm_{how % 3}", 30) : how % 4 == 1 ? new RecordMethodGone($"pm_{how % 3}") : new PauseSubscription(),
            16 => how % 2 == 0 ? new RecordDisputeOpened($"du_{how % 3}", InvoiceOf(state, how)) : new RecordDisputeClosed($"du_{how % 3}"),
            17 => new RecordPaymentReversed(_invoices[how % _invoices.Length], new(new(2026, 3, 2), new(2026, 4, 2)), Given.Monthly.Price with { Amount = how % 1000 }) { PaymentMethodId = how % 2 == 0 ? null : $"pm_{how % 3}" },
            18 => new RecordReversalUndone(_invoices[how % _invoices.Length]),
            19 => new RecordReplacementWithdrawn(InvoiceOf(state, how)),
            20 => new PauseDunning((PauseReason)(how % 6), "staff:1", new DateOnly(2026, 1, 1).AddDays(how % 400)),
            21 => new RecordNoticeBounced(how % 3, (DunningStage)(how / 3 % 4)),
            22 => new ResumeDunning((PauseReason)(how % 6)),
            15 => new RecordRetryHeldBack(InvoiceOf(state, how), Given.Declined.AddHours(how % 1000)),
            _ => how % 2 == 0 ? new ResumeSubscription() : new PostponeEnd(how % 3, new DateOnly(2026, 1, 1).AddDays(how % 400)),
        };
    }

    private static InvoiceId InvoiceOf(Subscription state, int how) => (state, how % 3) switch
    {
        (Subscription.Incomplete { Invoice: { } open }, 0 or 1) => open.Id,
        (Subscription.PastDue s, 0 or 1) => s.Invoice.Id,
        (Subscription.Active { Invoice: { } open }, 0 or 1) => open.Id,
        (Subscription.Trialing { Invoice: { } open }, 0 or 1) => open.Id,
        _ => _invoices[how % _invoices.Length],
    };

    private static InvoiceCommand CommandOf(int number)
    {
        var how = number / 18;
        return (number % 18) switch
        {
            0 => new InvoiceCommand.RaiseInvoice(
                _invoices[how % 2], new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Given.Monthly),
            1 or 2 => new InvoiceCommand.RecordPaymentIntentCreated(1 + (how % 3), $"pi_{how % 4}"),
            3 or 4 => new InvoiceCommand.BeginAttempt($"pm_{how % 3}", AttemptTrigger.Schedule, "system", how % 2 == 0 ? null : "https://courier.example/", Given.Declined),
            5 or 6 or 7 => new InvoiceCommand.RecordOutcome(how % 5, LifeMoves.OutcomeOf(how / 5)),
            8 when how % 4 == 1 => new InvoiceCommand.RecordFoundPayment($"pi_{how % 5}", $"ch_{how % 7}", "pm_1", "system", Given.Declined),
            8 => how % 4 == 0 ? new InvoiceCommand.StopCollecting() : new InvoiceCommand.RecordPaymentIntentCreated(1, "pi_1"),
            9 => new InvoiceCommand.RecordPaymentIntentCanceled(1 + (how % 3)),
            15 or 16 => new InvoiceCommand.RecordDispute(new Dispute($"du_{how % 3}", "ch_1", (DisputeStatus)(how / 3 % 5), how % 7 != 0, "fraudulent", Given.Monthly.Price, null, null)),
            17 => how % 2 == 0 ? new InvoiceCommand.WithdrawInvoice() : new InvoiceCommand.RecordFraudWarning(new($"issfr_{how % 3}", "ch_1", "misc", how % 5 != 0), how % 3 == 0),
            10 => how % 3 == 0 ? new InvoiceCommand.SetFormerCardAside($"pm_{how % 2}", how % 6 == 0) : new InvoiceCommand.CloseUnpaid(how % 2 == 0),
            11 => new InvoiceCommand.RequestRefund(Given.Monthly.Price with { Amount = how % 1100 }, AdjustmentReason.Goodwill, "staff:1", how % 2 == 0 ? null : $"key_{how % 7}"),
            12 => new InvoiceCommand.RecordRefundRefused(1 + (how % 3), "charge_disputed"),
            13 => new InvoiceCommand.IssueCreditNote(
                Given.Monthly.Price with { Amount = how % 1100 }, AdjustmentReason.Goodwill, (CreditDestination)(how % 3), "staff:1", how % 2 == 0 ? null : $"key_{how % 7}"),
            14 => how % 2 == 0
                ? new InvoiceCommand.UseCredit(Given.Monthly.Price with { Amount = (how % 2400) - 1200 })
                : new InvoiceCommand.RecordPaymentIntentAmount(1 + (how % 3), Given.Monthly.Price with { Amount = how % 1100 }),
            _ => new InvoiceCommand.RecordRefund(
                how % 2 == 0 ? how % 5 : null, $"re_{how % 6}", $"pi_{how % 4}", Given.Monthly.Price with { Amount = 1 + (how % 400) }, (RefundState)(1 + (how % 4))),
        };
    }

    private static Arbitrary<int[]> Numbers() => Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(120), LifeTests.Shorter);
}
