using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>A clock that the seeding sets to each moment of a past life.</summary>
internal sealed class PastClock : BillingClock
{
    public DateTimeOffset At { get; set; }

    public override DateTimeOffset Now => At;
}

/// <summary>
/// Lives a story through the product's own rules, with its own rows and events, as far as today. Only the gateway's
/// answers come from the story; they are written into the simulator's ledger afterwards under the same ids.
/// </summary>
internal sealed class PastLife(
    BillingUnits units, PastClock clock, StripeLedger ledger, PastMail mail, DateTimeOffset today, Story story, SubscriptionId id, ReaderId reader, string customer)
{
    private readonly List<PastPayment> payments = [];
    private int declinesLeft = story.PastDeclines.Count;

    /// <summary>What goes into the simulator's ledger.</summary>
    public IReadOnlyList<PastPayment> Payments => payments;

    /// <summary>Lives it.</summary>
    public async Task LiveAsync(PlanVersion plan, string paymentMethodId, DateTimeOffset startedAt)
    {
        clock.At = startedAt;
        await units.BeginAsync(plan, Actors.Reader(reader), unit =>
        {
            unit.Must(new SubscriptionCommand.StartSubscription(id, reader, story.Turn == StoryTurn.NeverPaid ? null : paymentMethodId));
            return unit;
        });
        while (await NextAsync() is { } at && at <= today)
        {
            clock.At = at;
            await StepAsync(paymentMethodId);
        }

        await TurnAsync();
        clock.At = today;
    }

    private async Task<DateTimeOffset?> NextAsync()
    {
        await mail.DeliverAsync(id, units, clock);
        await using var unit = await units.ReadAsync(id);
        var state = unit!.Subscription;
        if (state.Ending() is not null)
        {
            return clock.At;
        }

        var step = LifecycleSchedule.Next(state, unit.Rules, clock.At)?.At;
        var collect = unit.Invoice is { } invoice ? CollectionSchedule.NextAt(invoice, state, unit.Rules, 0, clock.At) : null;
        if (story.Turn == StoryTurn.Cancelled && Cancellable(state))
        {
            return clock.At;
        }

        return (step, collect) switch
        {
            ({ } s, { } c) => Later(s < c ? s : c),
            ({ } s, null) => Later(s),
            (null, { } c) => Later(c),
            _ => null,
        };
    }

    private DateTimeOffset Later(DateTimeOffset at) => at > clock.At ? at : clock.At;

    private async Task StepAsync(string paymentMethodId)
    {
        await using var read = await units.ReadAsync(id);
        if (read!.Subscription.Ending() is not null)
        {
            await EndAsync(read.Invoice!);
        }
        else if (story.Turn == StoryTurn.Cancelled && Cancellable(read.Subscription))
        {
            await DoAsync(new SubscriptionCommand.CancelSubscription());
        }
        else if (read.Invoice is { } invoice && CollectionSchedule.NextAt(invoice, read.Subscription, read.Rules, 0, clock.At) <= clock.At)
        {
            await CollectAsync(invoice, paymentMethodId);
        }
        else
        {
            await DoAsync(new SubscriptionCommand.AdvanceSubscription(false));
        }
    }

    // She cancels in the last period that the story knows, a day after it began.
    private bool Cancellable(Subscription state) => state switch
    {
        Subscription.Active { CancelAtPeriodEnd: false, Invoice: null } s => s.Contract.InvoicesRaised >= story.PaidPeriods,
        Subscription.Trialing { CancelAtPeriodEnd: false, Invoice: null } => true,
        _ => false,
    };

    private async Task CollectAsync(Invoice invoice, string paymentMethodId)
    {
        var key = invoice.Id.Value;
        var intent = ledger.IdOf("pi_", key);
        var troubled = invoice.Purpose != InvoicePurpose.First && declinesLeft > 0
            && (story.PaidPeriods == 0 || await PaidSoFarAsync() >= story.PaidPeriods);
        AttemptOutcome outcome = troubled
            ? Refusal(story.PastDeclines[^declinesLeft--], ledger.IdOf("ch_", $"{key}:{invoice.Attempts.Count + 1}"))
            : new AttemptOutcome.Succeeded(ledger.IdOf("ch_", key + ":paid"));
        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            if (unit.Invoice!.PaymentIntent is null)
            {
                unit.Must(new InvoiceCommand.RecordPaymentIntentCreated(1, intent, Kind: KindOf(story.Card)));
            }

            unit.Must(new InvoiceCommand.BeginAttempt(paymentMethodId, AttemptTrigger.Schedule, Actors.System, null, clock.At));
            return unit;
        });
        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.Must(new InvoiceCommand.RecordOutcome(unit.Invoice!.LiveAttempt!.Number, outcome));
            return unit;
        });
        await KeepPaymentAsync(invoice.Id, paymentMethodId);
    }

    private static MethodKind KindOf(string token) => Stripe.Cards.TestAccounts.OfToken(token) switch
    {
        null => MethodKind.Card,
        { Type: Stripe.Cards.TestAccounts.Bacs } => MethodKind.BacsMandate,
        _ => MethodKind.PayPal,
    };

    private async Task<int> PaidSoFarAsync()
    {
        await using var unit = await units.ReadAsync(id);
        return ((Subscription.Started)unit!.Subscription).Contract.InvoicesRaised - 1;
    }

    private static AttemptOutcome Refusal(string answer, string charge)
    {
        var decline = PastDeclineWords.Of(answer);
        return answer == "authentication_required" ? new AttemptOutcome.NeedsAuthentication(decline, charge) : new AttemptOutcome.Declined(decline, charge);
    }

    private async Task EndAsync(Invoice invoice)
    {
        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            if (unit.Invoice!.PaymentIntent is { Canceled: false } intent)
            {
                unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number));
            }

            unit.Must(new SubscriptionCommand.CompleteEnd());
            return unit;
        });
        await KeepPaymentAsync(invoice.Id, invoice.Attempts[^1].PaymentMethodId);
    }

    private async Task KeepPaymentAsync(InvoiceId invoiceId, string paymentMethodId)
    {
        await using var unit = await units.ReadAsync(invoiceId);
        var invoice = unit!.Invoice!;
        payments.RemoveAll(p => p.Key == invoice.Id.Value);
        payments.Add(new PastPayment(
            invoice.Id.Value, customer, paymentMethodId, invoice.Total.Amount, "gbp",
            new Dictionary<string, string> { ["subscription"] = id.Value, ["invoice"] = invoice.Id.Value }, invoice.RaisedAt)
        {
            Declines = [.. invoice.Attempts.Where(a => a.WasDeclined).Select((a, n) => new PastDecline(a.StartedAt, story.PastDeclines[n]))],
            SucceededAt = invoice.Status == InvoiceStatus.Paid ? invoice.SettledAt : null,
            CanceledAt = invoice.PaymentIntent is { Canceled: true } ? invoice.SettledAt : null,
        });
    }

    private async Task TurnAsync()
    {
        if (story.Turn == StoryTurn.Paused)
        {
            clock.At = today.AddDays(-3);
            await DoAsync(new SubscriptionCommand.PauseSubscription());
        }
    }

    private Task DoAsync(SubscriptionCommand command) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.Must(command);
        return unit;
    });
}
