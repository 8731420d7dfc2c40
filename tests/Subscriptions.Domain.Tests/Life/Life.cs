using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;

namespace Subscriptions.Domain.Tests.Life;

/// <summary>
/// One reader's contract lived through both deciders, as the engine would drive them: an invoice's outcome follows on
/// to the subscription, a new open invoice is raised, a requested end stops collecting.
/// </summary>
internal sealed class Life
{
    private static readonly SubscriptionId _id = new("sub_1_1");

    private readonly SubscriptionRules agreed;

    public Life(SubscriptionRules rules, DateTimeOffset startedAt, string? paymentMethodId)
    {
        agreed = rules;
        Now = startedAt;
        Do(new SubscriptionCommand.StartSubscription(_id, new("rdr_1"), paymentMethodId));
    }

    public DateTimeOffset Now { get; set; }

    /// <summary>True when pauses and freezes befall it too.</summary>
    public bool WithHolds { get; init; }

    /// <summary>Local dates in which everything was frozen, and the first date of the freeze that is open.</summary>
    public List<DunningHold> Freezes { get; } = [];

    public DateTimeOffset? FrozenSince { get; set; }

    /// <summary>The rules as they are read at this moment: an open freeze holds until tomorrow.</summary>
    public SubscriptionRules Rules => agreed with
    {
        Freezes = FrozenSince is { } since ? [.. Freezes, DunningHold.Since(since, agreed.Hours.DateOf(Now).AddDays(1), true, agreed.Hours) with { FreezeId = "open", Open = true }] : [.. Freezes],
    };

    public Subscription State { get; private set; } = new NotStarted();

    public Started Started => (Started)State;

    public Dictionary<InvoiceId, Invoice> Invoices { get; } = [];

    public List<SubscriptionEvent> Events { get; } = [];

    public List<(InvoiceId Id, InvoiceEvent Event)> InvoiceEvents { get; } = [];

    /// <summary>Called with every event, the state before it and the state after it.</summary>
    public Action<Subscription, SubscriptionEvent, Subscription> OnEvent { get; set; } = (_, _, _) => { };

    /// <summary>Called with every event of an invoice and the invoice before it.</summary>
    public Action<Invoice?, InvoiceEvent> OnInvoiceEvent { get; set; } = (_, _) => { };

    public OpenInvoice? Open => State switch
    {
        Incomplete s => s.Invoice,
        Trialing s => s.Invoice,
        Active s => s.Invoice,
        PastDue s => s.Invoice,
        _ => null,
    };

    public EndReason? Ending => State switch
    {
        Incomplete s => s.Ending,
        Trialing s => s.Ending,
        Active s => s.Ending,
        PastDue s => s.Ending,
        _ => null,
    };

    public Invoice? OpenInvoice => Open is { } open ? Invoices[open.Id] : null;

    public DueStep? NextStep => LifecycleSchedule.Next(State, Rules, Now);

    public DateTimeOffset? NextCollection => OpenInvoice is { } invoice ? CollectionSchedule.NextAt(invoice, State, Rules, 1, Now) : null;

    public Refusal? Do(SubscriptionCommand command)
    {
        switch (SubscriptionDecider.Decide(State, command, Rules, Now))
        {
            case Outcome<SubscriptionEvent>.Refused refused:
                return refused.Refusal;
            case Outcome<SubscriptionEvent>.Accepted accepted:
                foreach (var e in accepted.Events)
                {
                    var before = State;
                    State = SubscriptionDecider.Evolve(State, e);
                    Events.Add(e);
                    OnEvent(before, e, State);
                    Follow(e);
                }

                break;
        }

        return null;
    }

    public Refusal? Do(InvoiceId id, InvoiceCommand command)
    {
        var before = Invoices.GetValueOrDefault(id);
        switch (InvoiceDecider.Decide(before, command, Now))
        {
            case Outcome<InvoiceEvent>.Refused refused:
                return refused.Refusal;
            case Outcome<InvoiceEvent>.Accepted accepted:
                foreach (var e in accepted.Events)
                {
                    var former = Invoices.GetValueOrDefault(id);
                    Invoices[id] = InvoiceDecider.Evolve(former, e);
                    InvoiceEvents.Add((id, e));
                    OnInvoiceEvent(former, e);
                    Follow(id, e);
                }

                break;
        }

        return null;
    }

    private void Follow(SubscriptionEvent e)
    {
        switch (e)
        {
            case SubscriptionEvent.SubscriptionStarted { Invoice: { } first }:
                Raise(first);
                break;
            case SubscriptionEvent.RenewalInvoiceRaised renewal:
                Raise(renewal.Invoice);
                break;
            case SubscriptionEvent.EndRequested when Open is { } open:
                Do(open.Id, new InvoiceCommand.StopCollecting());
                break;
            case SubscriptionEvent.SubscriptionEnded { OpenInvoiceId: { } open, Reason: var reason }:
                NeverRefused(Do(open, new InvoiceCommand.CloseUnpaid(reason == EndReason.NonPayment)));
                break;
        }
    }

    private void Follow(InvoiceId id, InvoiceEvent e)
    {
        NeverRefused(e switch
        {
            InvoiceEvent.PaymentAttemptSucceeded => Do(new SubscriptionCommand.RecordInvoicePaid(id)),
            InvoiceEvent.PaymentAttemptDeclined d => Do(new SubscriptionCommand.RecordInvoiceDeclined(id, d.Attempt, d.Decline.Class)),
            InvoiceEvent.PaymentAttemptNeedsAuthentication d => Do(new SubscriptionCommand.RecordInvoiceDeclined(id, d.Attempt, DeclineClass.ReaderMustAct)),
            _ => null,
        });
    }

    private static void NeverRefused(Refusal? refusal)
    {
        if (refusal is not null)
        {
            throw new BrokenInvariantException($"what the gateway said is never refused ({refusal.Code})");
        }
    }

    private void Raise(OpenInvoice open) => Do(
        open.Id, new InvoiceCommand.RaiseInvoice(open.Id, Started.Contract.ReaderId, Started.Contract.Id, open.Purpose, open.Period, agreed.Plan));
}
