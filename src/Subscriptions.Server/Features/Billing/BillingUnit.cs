using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// One transaction over a subscription and one of its invoices: commands are decided, what they imply for the other of
/// the two follows at once, and state, events, due work and mails are saved together or not at all.
/// </summary>
public sealed partial class BillingUnit : IAsyncDisposable
{
    private const int EventSchema = 1;

    private readonly SubscriptionsDb db;
    private readonly DateTimeOffset now;
    private readonly string actor;
    private readonly List<(string Stream, object Event)> happened = [];
    private readonly List<LedgerSet> postings = [];
    private SubscriptionRow? subscriptionRow;
    private InvoiceRow? invoiceRow;
    private int subscriptionEvents;
    private int invoiceEvents;

    internal BillingUnit(SubscriptionsDb db, SubscriptionRules rules, SubscriptionRow? subscription, InvoiceRow? invoice, DateTimeOffset now, string actor)
    {
        this.db = db;
        this.now = now;
        this.actor = actor;
        Rules = rules;
        subscriptionRow = subscription;
        invoiceRow = invoice;
        Subscription = subscription?.ToState() ?? (Subscription)new Subscription.NotStarted();
        Invoice = invoice?.ToInvoice();
        accessBefore = AccessNow();
    }

    /// <summary>The versions and hours of this decision.</summary>
    public SubscriptionRules Rules { get; private set; }

    /// <summary>The subscription as decided so far.</summary>
    public Subscription Subscription { get; private set; }

    /// <summary>The invoice as decided so far; null when there is none.</summary>
    public Invoice? Invoice { get; private set; }

    /// <summary>Runs in a row in which the invoice's work came to nothing; stretches the back-off.</summary>
    public int CollectTries { get; set; }

    /// <summary>
    /// True when the invoice's own due work was done here, so that its next date counts from now. Whoever else passes by
    /// may bring that date nearer but never put it off: a daily look would be put off for ever by one every hour.
    /// </summary>
    public bool CollectWorked { get; set; }

    /// <summary>
    /// True when the run that saves this goes on to an attempt: the due work that it holds must not vanish under its claim,
    /// although the timetable wants nothing.
    /// </summary>
    public bool CollectGoesOn { get; set; }

    /// <summary>Runs in a row in which the end could not be carried out.</summary>
    public int? EndTries { get; set; }

    /// <summary>Whether anything was decided.</summary>
    public bool HasEvents => happened.Count > 0;

    /// <summary>
    /// True while no notice, renewal or end may come of the open invoice: a try of it has no outcome yet, or it is not owed any
    /// more and only waits to be shut.
    /// </summary>
    public bool StandsStill => Invoice is { LiveAttempt: not null } or { Withdrawn: true, Status: InvoiceStatus.Open };

    /// <summary>Asks something of the subscription; null when it was done.</summary>
    public Refusal? Do(SubscriptionCommand command)
    {
        switch (SubscriptionDecider.Decide(Subscription, command, Rules, now))
        {
            case Outcome<SubscriptionEvent>.Refused refused:
                return refused.Refusal;
            case Outcome<SubscriptionEvent>.Accepted accepted:
                foreach (var e in accepted.Events)
                {
                    Subscription = SubscriptionDecider.Evolve(Subscription, e);
                    subscriptionEvents++;
                    happened.Add((((Subscription.Started)Subscription).Contract.Id.Value, e));
                    Follow(e);
                }

                break;
        }

        return null;
    }

    /// <summary>Asks something of the invoice; null when it was done.</summary>
    public Refusal? Do(InvoiceCommand command)
    {
        switch (InvoiceDecider.Decide(Invoice, command, now))
        {
            case Outcome<InvoiceEvent>.Refused refused:
                return refused.Refusal;
            case Outcome<InvoiceEvent>.Accepted accepted:
                foreach (var e in accepted.Events)
                {
                    var before = Invoice;
                    Invoice = InvoiceDecider.Evolve(before, e);
                    invoiceEvents++;
                    if (Postings.For(e, before, (invoiceRow?.Version ?? 0) + invoiceEvents) is { } set)
                    {
                        postings.Add(set);
                    }

                    happened.Add((Invoice.Id.Value, e));
                    Follow(e);
                }

                break;
        }

        return null;
    }

    /// <summary>Does it or stops: for what cannot be refused here unless something is broken.</summary>
    public void Must(InvoiceCommand command)
    {
        if (Do(command) is { } refusal)
        {
            throw new InvalidOperationException($"{command.GetType().Name} on {Invoice?.Id}: {refusal.Code}.");
        }
    }

    /// <inheritdoc cref="Must(InvoiceCommand)" />
    public void Must(SubscriptionCommand command)
    {
        if (Do(command) is { } refusal)
        {
            throw new InvalidOperationException($"{command.GetType().Name}: {refusal.Code}.");
        }
    }

    /// <summary>Saves all of it. Throws <see cref="DbUpdateException"/> when somebody else was first.</summary>
    internal async Task SaveAsync()
    {
        if (Subscription is not Subscription.Started started)
        {
            return;
        }

        WriteState(started);
        await ScheduleAsync(started);
        await ScheduleExpiryAsync(started);
        if (happened.Count > 0)
        {
            TellOfDisputes(started);
            var reader = await db.Readers.SingleAsync(r => r.Id == started.Contract.ReaderId);
            reader.AccessVersion++;
            WriteEvents(started, reader.AccessVersion);
            // With the event or not at all. Its id is the event's own place, so that whoever loses against another writer posts nothing.
            db.Ledger.AddRange(postings.SelectMany(LedgerMapping.ToRows));
        }

        await SaveWithSeatsAsync(started);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => db.DisposeAsync();

    private void WriteState(Subscription.Started started)
    {
        if (subscriptionRow is null)
        {
            subscriptionRow = SubscriptionMapping.NewRow(started);
            db.Subscriptions.Add(subscriptionRow);
        }
        else
        {
            // Even a look that only moves a due date must lose against a writer who changed the state meanwhile.
            db.Entry(subscriptionRow).Property(row => row.Status).IsModified = true;
        }

        subscriptionRow.Write(started, subscriptionEvents);
        if (Invoice is null)
        {
            return;
        }

        if (invoiceRow is null)
        {
            invoiceRow = InvoiceMapping.NewRow(Invoice);
            db.Invoices.Add(invoiceRow);
        }
        else
        {
            db.Entry(invoiceRow).Property(row => row.Status).IsModified = true;
        }

        invoiceRow.Write(Invoice, invoiceEvents);
    }

    private void WriteEvents(Subscription.Started started, long readerVersion)
    {
        var versions = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [started.Contract.Id.Value] = subscriptionRow!.Version - subscriptionEvents,
        };
        if (invoiceRow is not null)
        {
            versions[invoiceRow.Id.Value] = invoiceRow.Version - invoiceEvents;
        }

        foreach (var (stream, before) in aside)
        {
            versions[stream] = before;
        }

        foreach (var (stream, e) in happened)
        {
            db.Events.Add(new EventRow
            {
                Stream = stream,
                StreamVersion = ++versions[stream],
                ReaderId = started.Contract.ReaderId,
                SubscriptionId = started.Contract.Id,
                Type = e.GetType().Name,
                Schema = EventSchema,
                Data = e is SubscriptionEvent s
                    ? JsonSerializer.Serialize(s, DomainJson.Options)
                    : JsonSerializer.Serialize((InvoiceEvent)e, DomainJson.Options),
                Actor = actor,
                At = now,
                ReaderVersion = readerVersion,
            });
        }
    }
}
