using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;

namespace Subscriptions.Domain.Tests.Life;

/// <summary>What may befall a life. A number says what and how, so that a sequence of numbers is a whole life and can be made shorter.</summary>
internal static class LifeMoves
{
    public const int Kinds = 24;

    private const int KindsWithHolds = 27;

    public static void Play(Life life, int number)
    {
        var kinds = life.WithHolds ? KindsWithHolds : Kinds;
        var (kind, how) = (number % kinds, number / kinds);
        switch (kind)
        {
            case < 9:
                ToNextDueMoment(life, how);
                break;
            case < 11:
                life.Now += TimeSpan.FromMinutes(how % (10 * 24 * 60));
                break;
            case < 13:
                Settle(life, how);
                break;
            case 13:
                Late(life, how);
                break;
            case < 17:
                HandOver(life, how);
                break;
            case 17:
                Try(life, how % 2 == 0 ? AttemptTrigger.Staff : AttemptTrigger.Reader, how / 2);
                break;
            case < 20:
                CarryOutEnd(life, how);
                break;
            case 24:
                Pause(life, how);
                break;
            case 25 or 26:
                Freeze(life, how);
                break;
            default:
                Ask(life, how);
                break;
        }
    }

    private static void Pause(Life life, int how)
    {
        var reason = (PauseReason)(how % 2);
        life.Do(how / 2 % 4 == 0
            ? new ResumeDunning(reason)
            : new PauseDunning(reason, "staff:1", life.Rules.Hours.DateOf(life.Now).AddDays(how / 8 % 40)));
    }

    private static void Freeze(Life life, int how)
    {
        var today = life.Rules.Hours.DateOf(life.Now);
        if (life.FrozenSince is { } since)
        {
            life.Freezes.Add(DunningHold.Since(since, today.AddDays(1), how % 3 > 0, life.Rules.Hours) with { FreezeId = $"freeze_{life.Freezes.Count}" });
            life.FrozenSince = null;
        }
        else if (how % 2 == 0)
        {
            life.FrozenSince = life.Now;
        }
    }

    private static void ToNextDueMoment(Life life, int how)
    {
        var moments = new[] { life.NextStep?.At, life.NextCollection }.OfType<DateTimeOffset>().ToArray();
        if (moments.Length > 0 && moments.Min() is var at && at > life.Now)
        {
            life.Now = at;
        }

        // A retry comes before that day's notice.
        if (life.NextCollection <= life.Now)
        {
            Collect(life, how);
        }

        life.Do(new AdvanceSubscription(life.OpenInvoice?.LiveAttempt is not null));
    }

    private static void Collect(Life life, int how)
    {
        if (life.OpenInvoice?.LiveAttempt is not null)
        {
            Settle(life, how);
        }
        else
        {
            Try(life, AttemptTrigger.Schedule, how);
        }
    }

    private static void Try(Life life, AttemptTrigger trigger, int how)
    {
        if (life.OpenInvoice is not { } invoice || life.Started.Contract.PaymentMethodId is not { } method)
        {
            return;
        }

        if (invoice.PaymentIntent is null or { Canceled: true })
        {
            var number = (invoice.PaymentIntent?.Number ?? 0) + 1;
            life.Do(invoice.Id, new InvoiceCommand.RecordPaymentIntentCreated(number, $"pi_{invoice.Id}_{number}"));
        }

        var returnUrl = trigger == AttemptTrigger.Reader ? "https://courier.example/back" : null;
        if (life.Do(invoice.Id, new InvoiceCommand.BeginAttempt(method, trigger, "system", returnUrl, life.Now)) is null)
        {
            life.Do(invoice.Id, new InvoiceCommand.RecordOutcome(life.Invoices[invoice.Id].Attempts.Count, OutcomeOf(how)));
        }
    }

    private static void Settle(Life life, int how)
    {
        if (life.OpenInvoice is { LiveAttempt: { } live } invoice)
        {
            life.Do(invoice.Id, new InvoiceCommand.RecordOutcome(live.Number, OutcomeOf(how)));
        }
    }

    // An outcome that comes again or out of turn, for any try of any invoice; no PaymentIntent takes money after it was cancelled.
    private static void Late(Life life, int how)
    {
        var invoices = life.Invoices.Values.Where(i => i.Attempts.Count > 0).ToArray();
        if (invoices.Length == 0)
        {
            return;
        }

        var invoice = invoices[how % invoices.Length];
        var attempt = invoice.Attempts[how / 7 % invoice.Attempts.Count];
        var outcome = OutcomeOf(how / 11);
        if (outcome is not AttemptOutcome.Succeeded || invoice.PaymentIntent is { Canceled: false })
        {
            life.Do(invoice.Id, new InvoiceCommand.RecordOutcome(attempt.Number, outcome));
        }
    }

    private static void HandOver(Life life, int how)
    {
        if (life.State is PastDue { Case: var dunning } && dunning.Notices is [.., { HandedOverAt: null } waiting])
        {
            life.Now += TimeSpan.FromMinutes(how % 5 == 0 ? how % (4 * 24 * 60) : 1);
            if (how % 9 == 0)
            {
                life.Do(new RecordNoticeBounced(dunning.Number, waiting.Stage));
            }

            life.Do(how % 7 == 0
                ? new RecordNoticeUndeliverable(dunning.Number, waiting.Stage)
                : new RecordNoticeHandedOver(
                    dunning.Number, waiting.Stage, dunning.ToldEndsOn!.Value,
                    life.Rules.ScheduleOf(dunning).ProjectedClosingAt(life.Now) is { } closes ? life.Rules.Hours.DateOf(closes) : null));
        }
    }

    // As the engine does: the PaymentIntent is cancelled first, and what that finds counts.
    private static void CarryOutEnd(Life life, int how)
    {
        if (life.Ending is null)
        {
            return;
        }

        if (life.OpenInvoice is { PaymentIntent: { Canceled: false } intent } invoice)
        {
            if (how % 5 == 0 && invoice.LiveAttempt is { } live)
            {
                life.Do(invoice.Id, new InvoiceCommand.RecordOutcome(live.Number, new AttemptOutcome.Succeeded("ch_at_the_end")));
                return;
            }

            life.Do(invoice.Id, new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number));
        }

        life.Do(new CompleteEnd());
    }

    private static void Ask(Life life, int how)
    {
        SubscriptionCommand[] wishes =
        [
            new ChangePaymentMethod($"pm_{how / 13 % 3}"), new ChangePaymentMethod($"pm_{how / 13 % 3}"), new ChangePaymentMethod($"pm_{how / 13 % 3}"),
            new KeepSubscription(), new PauseSubscription(), new ResumeSubscription(), new ResumeSubscription(),
            new RecordNoticeHandedOver(1 + (how / 13 % 3), DunningStage.ActNow, new(2026, 1, 1)),
            .. how / 13 % 4 == 0 ? [new CancelSubscription()] : Array.Empty<SubscriptionCommand>(),
        ];
        life.Do(wishes[how % wishes.Length]);
    }

    public static AttemptOutcome OutcomeOf(int how) => (how % 16) switch
    {
        < 3 => new AttemptOutcome.Succeeded($"ch_{how}"),
        < 9 => new AttemptOutcome.Declined(new("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal), $"ch_{how}"),
        9 => new AttemptOutcome.Declined(new("card_declined", "lost_card", null, DeclineClass.Never), $"ch_{how}"),
        10 => new AttemptOutcome.Declined(new("expired_card", null, null, DeclineClass.ReaderMustAct), $"ch_{how}"),
        11 => new AttemptOutcome.NeedsAuthentication(new("authentication_required", null, null, DeclineClass.ReaderMustAct), null),
        12 => new AttemptOutcome.Unknown("timed out"),
        13 => how / 16 % 2 == 0 ? new AttemptOutcome.NotReceived("lost") : new AttemptOutcome.RefusedByGateway("parameter_invalid: No."),
        14 => new AttemptOutcome.Processing(),
        _ => how / 16 % 2 == 0 ? new AttemptOutcome.AwaitingReader(null) : new AttemptOutcome.Abandoned(),
    };
}
