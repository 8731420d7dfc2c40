using Subscriptions.Domain;
using Subscriptions.Domain.Calendar;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>What happens at the banks behind the gateway: judging, settling days later, giving back, taking back. It books every movement.</summary>
internal sealed class SimulatedBank(GatewayLedger ledger, SimulatedClock clock, Random chance)
{
    private const int DisputeFee = 2000;

    private static readonly TimeZoneInfo _london = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    // Stable: what is due at one moment happens in the order in which it was put down.
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> agenda = new();
    private int numbers;
    private int order;
    private int paidOut;

    /// <summary>Called with everything that the gateway would tell by webhook.</summary>
    public Action<GatewayEvent> OnEvent { get; set; } = _ => { };

    /// <summary>True while nobody disputes anything anew.</summary>
    public bool Calm { get; set; }

    public DateTimeOffset? NextAt => agenda.TryPeek(out _, out var next) ? next.At : null;

    public string NewId(string kind) => $"{kind}_{++numbers:D4}";

    public void At(DateTimeOffset at, Action what) => agenda.Enqueue(what, (at, ++order));

    public void RunDue()
    {
        while (NextAt <= clock.At)
        {
            agenda.Dequeue()();
        }
    }

    /// <summary>One try to take the money.</summary>
    public void Judge(Intent intent, Card card, bool onSession)
    {
        (intent.Card, intent.LastError) = (card, null);
        switch (card.Kind, card.Mood)
        {
            case (MethodKind.BacsMandate, _):
                intent.LatestChargeId = Charge(intent);
                intent.Status = PaymentStatus.Processing;
                SettleAt(intent, WorkingDays(chance.Next(1, (card.Established ? MethodKinds.BacsWorkingDays : MethodKinds.BacsNewMandateWorkingDays) + (card.Mood == CardMood.Slow ? 4 : 1))));
                break;
            case (_, CardMood.Slow):
                intent.LatestChargeId = Charge(intent);
                intent.Status = PaymentStatus.Processing;
                SettleAt(intent, card.Kind == MethodKind.PayPal ? WorkingDays(chance.Next(1, MethodKinds.PayPalWorkingDays + 1)) : clock.At.AddHours(chance.Next(2, 40)));
                break;
            case (_, CardMood.Good):
                intent.LatestChargeId = Charge(intent);
                Succeed(intent);
                break;
            case (_, CardMood.AsksReader) when onSession:
                intent.Status = PaymentStatus.RequiresAction;
                break;
            case (_, CardMood.AsksReader):
                Fail(intent, "authentication_required", "authentication_required", DeclineClass.ReaderMustAct, chance.Next(2) == 0 ? Charge(intent) : null, asks: true);
                break;
            case (_, CardMood.Lost):
                card.RefusedForGoodAt ??= clock.At;
                Fail(intent, "card_declined", card.Kind == MethodKind.PayPal ? "revocation_of_authorization" : "lost_card", DeclineClass.Never, Charge(intent));
                break;
            case (_, CardMood.Expired):
                Fail(intent, "expired_card", null, DeclineClass.ReaderMustAct, Charge(intent));
                break;
            default:
                Fail(intent, "card_declined", "insufficient_funds", DeclineClass.TimeMayHeal, Charge(intent));
                break;
        }
    }

    /// <summary>The reader answers her bank.</summary>
    public void AnswerChallenge(Intent intent, bool yes)
    {
        if (intent.Status != PaymentStatus.RequiresAction)
        {
            return;
        }

        if (yes)
        {
            intent.LatestChargeId = Charge(intent);
            Succeed(intent);
        }
        else
        {
            Fail(intent, "payment_intent_authentication_failure", null, DeclineClass.ReaderMustAct, null);
        }
    }

    /// <summary>Gives money back: at once or later, and sometimes it comes back.</summary>
    public RefundSnapshot GiveBack(Intent intent, Money amount, string? reference)
    {
        var slow = chance.Next(4) == 0;
        var refund = new RefundSnapshot(NewId("re"), slow ? RefundState.Pending : RefundState.Succeeded, amount, reference);
        intent.Refunds.Insert(0, refund);
        ledger.Refunds.Add((refund.Id, intent, clock.At));
        Book(GatewayBooking.Refund, -amount.Amount, 0, refund.Id, intent);
        if (slow || chance.Next(8) == 0)
        {
            var state = slow && chance.Next(4) > 0 ? RefundState.Succeeded : RefundState.Failed;
            At(clock.At.AddHours(chance.Next(1, 200)), () => TellOfRefund(intent, refund.Id, state));
        }

        Tell("charge.refunded", intent.Id, intent.Id, null);
        return refund;
    }

    public void Tell(string type, string subject, string? intent, string? session)
    {
        var told = new GatewayEvent(NewId("evt"), type, subject, intent, session, clock.At);
        ledger.Events.Add(told.Id, told);
        OnEvent(told);
    }

    /// <summary>Pays out what stands on the balance, if it is anything.</summary>
    public void PayOut()
    {
        var (from, to) = (paidOut, ledger.Bookings.Count);
        if (ledger.Bookings.Skip(from).Sum(b => b.Net) is var net and > 0)
        {
            var id = NewId("po");
            Book(GatewayBooking.Payout, -net, 0, id, null);
            ledger.Payouts.Add((new(id, false, new(net, "GBP"), clock.At), from, to));
            paidOut = to + 1;
        }

        At(clock.At.AddDays(7), PayOut);
    }

    // Banks send refunds on, or back, days after they were made.
    private void TellOfRefund(Intent intent, string refund, RefundState state)
    {
        var at = intent.Refunds.FindIndex(r => r.Id == refund);
        intent.Refunds[at] = intent.Refunds[at] with { State = state };
        if (state == RefundState.Failed)
        {
            intent.Refunded -= intent.Refunds[at].Amount.Amount;
            Book(GatewayBooking.RefundFailure, intent.Refunds[at].Amount.Amount, 0, refund, intent);
        }

        Tell(state == RefundState.Failed ? "refund.failed" : "refund.updated", refund, intent.Id, null);
    }

    private void SettleAt(Intent intent, DateTimeOffset at)
    {
        intent.SettlesAt = at;
        Tell("payment_intent.processing", intent.Id, intent.Id, null);
        At(at, () => Settle(intent));
    }

    private void Settle(Intent intent)
    {
        var (card, charge) = (intent.Card!, intent.LatestChargeId);
        switch (card.Kind, card.Mood)
        {
            case (_, CardMood.Good):
            case (_, CardMood.Slow) when chance.Next(3) > 0:
                Succeed(intent);
                break;
            case (MethodKind.BacsMandate, CardMood.Poor):
                intent.Referred.Add((card, clock.At));
                Fail(intent, "payment_intent_payment_attempt_failed", "refer_to_payer", DeclineClass.Represent, charge);
                break;
            case (MethodKind.BacsMandate, CardMood.Lost or CardMood.Expired):
                card.RefusedForGoodAt ??= clock.At;
                Fail(intent, "payment_intent_payment_attempt_failed", card.Mood == CardMood.Lost ? "mandate_canceled" : "account_closed", DeclineClass.Never, charge);
                break;
            case (MethodKind.BacsMandate, CardMood.Deceased):
                card.RefusedForGoodAt ??= clock.At;
                Fail(intent, "payment_intent_payment_attempt_failed", "payer_deceased", DeclineClass.PayerDeceased, charge);
                break;
            case (MethodKind.BacsMandate, _):
                Fail(intent, "processing_error", null, DeclineClass.ReaderMustAct, charge);
                break;
            default:
                Fail(intent, "card_declined", "insufficient_funds", DeclineClass.TimeMayHeal, charge);
                break;
        }
    }

    private void Succeed(Intent intent)
    {
        (intent.Status, intent.LastError, intent.SucceededAt, intent.JudgedAt) = (PaymentStatus.Succeeded, null, clock.At, clock.At);
        intent.Card!.Established = true;
        Book(GatewayBooking.Payment, intent.Amount.Amount, 20 + (intent.Amount.Amount * 15 / 1000), intent.LatestChargeId!, intent);
        Tell("payment_intent.succeeded", intent.Id, intent.Id, null);
        if (intent.Card.Kind == MethodKind.BacsMandate)
        {
            // The scheme gives the payer the last word, whenever she says it.
            Later(8, 60, () => TakeBack(intent, DisputeStatus.Lost, contestable: false));
        }
        else
        {
            Later(16, 50, () => TakeBack(intent, chance.Next(3) == 0 ? DisputeStatus.Inquiry : DisputeStatus.Open, contestable: true));
            Later(20, 20, () => Warn(intent));
        }
    }

    private void Later(int oneIn, int mostDays, Action what)
    {
        if (chance.Next(oneIn) == 0)
        {
            At(clock.At.AddHours(chance.Next(1, 24 * mostDays)), () =>
            {
                if (!Calm)
                {
                    what();
                }
            });
        }
    }

    private void Warn(Intent intent)
    {
        intent.Warnings.Insert(0, new(NewId("issfr"), intent.LatestChargeId, "made_with_stolen_card", intent.Refunded == 0 && intent.Disputes.Count == 0));
        Tell("radar.early_fraud_warning.created", intent.Warnings[0].GatewayId, intent.Id, null);
        Later(3, 20, () => TakeBack(intent, DisputeStatus.Open, contestable: true));
    }

    private void TakeBack(Intent intent, DisputeStatus status, bool contestable)
    {
        var left = intent.Amount.Amount - intent.Refunded - intent.TakenBack;
        if (left <= 0 || intent.Disputes.Count > 0)
        {
            return;
        }

        var amount = contestable && chance.Next(4) == 0 ? chance.Next(1, (int)left + 1) : left;
        var dispute = new Dispute(NewId("dp"), intent.LatestChargeId, status, contestable, contestable ? "fraudulent" : "debit_not_authorized", new(amount, intent.Amount.Currency), null, null);
        intent.Disputes.Insert(0, dispute);
        ledger.Disputes.Add((dispute.GatewayId, intent, clock.At));
        if (status != DisputeStatus.Inquiry)
        {
            Book(GatewayBooking.Dispute, -amount, contestable ? DisputeFee : 0, dispute.GatewayId, intent);
        }

        Tell("charge.dispute.created", dispute.GatewayId, intent.Id, null);
        GoOn(intent, status);
    }

    private void GoOn(Intent intent, DisputeStatus status)
    {
        DisputeStatus? next = status switch
        {
            DisputeStatus.Inquiry => chance.Next(2) == 0 ? DisputeStatus.InquiryClosed : DisputeStatus.Open,
            DisputeStatus.Open => chance.Next(3) == 0 ? DisputeStatus.Won : DisputeStatus.Lost,
            DisputeStatus.Lost when intent.Disputes[0].Contestable && chance.Next(5) == 0 => DisputeStatus.Won,
            _ => null,
        };
        if (next is { } becomes)
        {
            At(clock.At.AddHours(chance.Next(12, 24 * 40)), () => Decide(intent, status, becomes));
        }
    }

    private void Decide(Intent intent, DisputeStatus was, DisputeStatus becomes)
    {
        var dispute = intent.Disputes[0] = intent.Disputes[0] with { Status = becomes };
        switch (was, becomes)
        {
            case (DisputeStatus.Inquiry, DisputeStatus.Open):
                Book(GatewayBooking.Dispute, -dispute.Amount.Amount, DisputeFee, dispute.GatewayId, intent);
                break;
            case (_, DisputeStatus.Won):
                Book(GatewayBooking.Dispute, dispute.Amount.Amount, 0, dispute.GatewayId, intent);
                break;
        }

        Tell(becomes == DisputeStatus.Open ? "charge.dispute.updated" : "charge.dispute.closed", dispute.GatewayId, intent.Id, null);
        GoOn(intent, becomes);
    }

    private void Fail(Intent intent, string code, string? declineCode, DeclineClass declineClass, string? charge, bool asks = false)
    {
        (intent.Status, intent.JudgedAt) = (PaymentStatus.RequiresMethod, clock.At);
        intent.LatestChargeId = charge ?? intent.LatestChargeId;
        intent.LastError = new(code, declineCode, null, declineClass, asks, charge);
        Tell("payment_intent.payment_failed", intent.Id, intent.Id, null);
    }

    private string Charge(Intent intent)
    {
        ledger.Charges.Add((NewId("ch"), intent, clock.At));
        return ledger.Charges[^1].Id;
    }

    private void Book(GatewayBooking kind, long amount, long fee, string source, Intent? intent) =>
        ledger.Bookings.Add(new(new(NewId("txn"), kind, new(amount, "GBP"), fee, source, clock.At), intent));

    /// <summary>Banks say what became of a debit on the morning of a working day.</summary>
    private DateTimeOffset WorkingDays(int days) =>
        new DateTimeOffset(BankHolidays.AddWorkingDays(Today(clock.At), days).ToDateTime(new TimeOnly(5, 0)), TimeSpan.Zero).AddMinutes(chance.Next(0, 600));

    /// <summary>The local date of a moment.</summary>
    public static DateOnly Today(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, _london).DateTime);
}
