using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>Compares the product's records with the gateway's books and with the invariants; lives the events again beside them.</summary>
internal sealed partial class Auditor(GatewayLedger ledger, SimulatedGateway gateway, SimulatedMail mail, Machine machine, SimulatedClock clock)
{
    private const int LookAnyway = 16;

    // Two: the least that a policy may have, whichever track each notice was told on.
    private const int FewestDaysBetween = 2;

    // Of a gateway that answers: a day until the daily look, and faults on the way.
    private static readonly TimeSpan _patience = TimeSpan.FromDays(4);

    private readonly Dictionary<string, Subscription> subscriptions = [];
    private readonly Dictionary<string, Invoice> invoices = [];
    private readonly Dictionary<string, DateTimeOffset> toldEnds = [];
    private readonly Dictionary<string, DateTimeOffset> toldAt = [];
    private readonly HashSet<string> chargedBack = [];
    private readonly HashSet<string> deceased = [];
    private long lastEvent;
    private int quiet;

    public int Recovered { get; private set; }

    public int EndedForNonPayment { get; private set; }

    public int Renewed { get; private set; }

    /// <summary>How often access closed with the third notice.</summary>
    public int Closed { get; private set; }

    /// <summary>PaymentIntents that the gateway still holds open, unconfirmed, for invoices that are closed: they can take no money.</summary>
    public int StraysLeft { get; private set; }

    private int Strays(IEnumerable<InvoiceRow> closed) => closed.Sum(i => ledger.Of(i.Id).Count(p => p.Status == PaymentStatus.RequiresMethod && p.Card is null));

    /// <summary>Everything that must hold between two steps; throws at the first that does not.</summary>
    /// <param name="service">The service.</param>
    /// <param name="calm">True when nothing hinders the product any more, so that it must have caught up.</param>
    public async Task LookAsync(ServiceProcess service, bool calm)
    {
        Must(!machine.Spinning, "the process does not go round in circles");
        Must(machine.Bugs.Count == 0, () => $"no job meets a bug: {machine.Bugs[0]}");
        Must(ledger.Breaches.Count == 0, () => string.Join("; ", ledger.Breaches));
        Must(mail.Breaches.Count == 0, () => string.Join("; ", mail.Breaches));
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var changed = await FollowAsync(service, db);
        if (changed.Count == 0 && !calm && ++quiet % LookAnyway != 0)
        {
            return;
        }

        var rows = await db.Subscriptions.AsNoTracking().ToListAsync();
        var work = await db.DueWork.AsNoTracking().ToListAsync();
        Must(work.All(w => w.ParkedAt is null), () => $"no work is parked: {string.Join(", ", work.Where(w => w.ParkedAt is not null).Select(w => w.Id))}");
        Must(work.All(w => w.LeaseOwner is null), "no lease stays behind");
        foreach (var row in rows)
        {
            AuditSubscription(row, work, changed.Contains(row.Id.Value), calm);
        }

        await AuditInvoicesAsync(db, rows, work, changed, calm);
        StraysLeft = calm ? Strays(await db.Invoices.AsNoTracking().Where(i => i.Status != InvoiceStatus.Open).ToListAsync()) : 0;
        await AuditCreditAsync(db);
        await AuditSumAsync(db);

        // Whoever nothing happened to is looked at now and then, since time alone changes what she may read.
        var all = calm || changed.Count == 0;
        await AuditAccessAsync(service, [.. rows.GroupBy(r => r.ReaderId).Where(g => all || g.Any(r => changed.Contains(r.Id.Value)))]);
        Must(
            mail.Taken.All(m => m.Value == 1 || (mail.MayComeAgain.Contains(m.Key) && m.Value <= 1 + machine.Crashes)),
            "no mail goes twice, unless the power went between the mail server's answer and our record");
    }

    private async Task<HashSet<string>> FollowAsync(ServiceProcess service, SubscriptionsDb db)
    {
        var news = await db.Events.AsNoTracking().Where(e => e.Id > lastEvent && e.SubscriptionId != null).OrderBy(e => e.Id).ToListAsync();
        foreach (var e in news)
        {
            if (typeof(SubscriptionEvent).GetNestedType(e.Type) is not null)
            {
                await FollowAsync(service, e.Stream, JsonSerializer.Deserialize<SubscriptionEvent>(e.Data, DomainJson.Options)!);
            }
            else if (typeof(InvoiceEvent).GetNestedType(e.Type) is not null)
            {
                Follow(e.Stream, JsonSerializer.Deserialize<InvoiceEvent>(e.Data, DomainJson.Options)!);
            }

            lastEvent = e.Id;
        }

        return [.. news.Select(e => e.Stream)];
    }

    private void Follow(string stream, InvoiceEvent e)
    {
        var invoice = invoices[stream] = InvoiceDecider.Evolve(invoices.GetValueOrDefault(stream), e);
        switch (e)
        {
            case InvoiceEvent.DisputeLost lost when invoice.Attempts.LastOrDefault(a => a.ChargeId == lost.Dispute.ChargeId) is { } taken:
                chargedBack.Add(taken.PaymentMethodId);
                break;
            case InvoiceEvent.DisputeWon won when invoice.Attempts.LastOrDefault(a => a.ChargeId == won.Dispute.ChargeId) is { } returned:
                chargedBack.Remove(returned.PaymentMethodId);
                break;
            case InvoiceEvent.PaymentAttemptStarted { Attempt: { OnSession: false } begun }:
                Must(
                    !chargedBack.Contains(begun.PaymentMethodId), $"{begun.PaymentMethodId}, of which a payment was taken back, is not charged for {stream} unless its owner is there");
                Must(!deceased.Contains(invoice.SubscriptionId!.Value.Value), $"nothing more is tried of {invoice.SubscriptionId}, whose payer has died");
                break;
        }
    }

    private async Task FollowAsync(ServiceProcess service, string stream, SubscriptionEvent e)
    {
        var before = subscriptions.GetValueOrDefault(stream) ?? new Subscription.NotStarted();
        var after = subscriptions[stream] = SubscriptionDecider.Evolve(before, e);
        Renewed += e is SubscriptionEvent.SubscriptionRenewed ? 1 : 0;
        Recovered += e is SubscriptionEvent.SubscriptionRecovered ? 1 : 0;
        switch (e)
        {
            case SubscriptionEvent.SubscriptionStarted when after is Subscription.Started { Contract.PaymentMethodId: { } laidDown }:
                chargedBack.Remove(laidDown);
                break;
            case SubscriptionEvent.PaymentMethodChanged changed:
                chargedBack.Remove(changed.PaymentMethodId);
                break;
            case SubscriptionEvent.EndRequested { Reason: EndReason.PayerDeceased }:
                deceased.Add(stream);
                mail.Silent.Add(stream);
                break;
        }

        if (before is Subscription.PastDue was && after is Subscription.PastDue now)
        {
            Must(now.Case.Stage >= was.Case.Stage, "stages only go forward");
            Must(was.Case.ToldEndsOn is null || now.Case.ToldEndsOn >= was.Case.ToldEndsOn, "a told date never comes nearer");
        }

        if (e is SubscriptionEvent.DunningStageEntered { Stage: DunningStage.DueToTerminate } && before is Subscription.PastDue noticed
            && (await service.Get<Catalog>().RulesForAsync(noticed)).Policy.ClosesInThirdStage)
        {
            Closed++;
            Must(
                !toldEnds.TryGetValue($"{stream}/{noticed.Case.Number}", out var told) || e.At >= told, $"access of {stream} is not closed at {e.At:yyyy-MM-dd HH:mm}, while its page told {told:yyyy-MM-dd HH:mm}");
        }

        if (e is SubscriptionEvent.EndRequested { Reason: EndReason.NonPayment })
        {
            EndedForNonPayment++;
            var pastDue = (Subscription.PastDue)before;
            AuditEnd(pastDue, await service.Get<Catalog>().RulesForAsync(pastDue), e.At);
        }
    }

    private void AuditEnd(Subscription.PastDue state, SubscriptionRules rules, DateTimeOffset at)
    {
        var (dunning, id) = (state.Case, state.Contract.Id);
        Must(
            dunning.Notices.Select(n => n.Stage).SequenceEqual([DunningStage.PaymentFailed, DunningStage.ActNow, DunningStage.DueToTerminate]),
            $"{id} was told three times before its end");
        foreach (var notice in dunning.Notices)
        {
            var message = $"mail_dunningnotice_{id.Value}_{dunning.Number}-{notice.Stage}@localhost".ToLowerInvariant();
            Must(notice.HandedOverAt is not null && (notice.PageOnly || mail.Taken.ContainsKey(message)), $"the mail server took {message}");
        }

        Must(
            !toldEnds.TryGetValue($"{id}/{dunning.Number}", out var told) || at >= told, $"{id} is not ended at {at:yyyy-MM-dd HH:mm}, while its page told {told:yyyy-MM-dd HH:mm}");
        Must(!rules.Hours.Calendar.IsClosed(rules.Hours.DateOf(at)), $"{id} is not ended on a closed day");
        var table = rules.Policy.For(dunning.Track, dunning.AfterTrial);
        var handedOver = dunning.Notices.Select(n => rules.Hours.DateOf(n.HandedOverAt!.Value)).ToArray();
        Must(handedOver.Zip(handedOver.Skip(1)).All(pair => pair.Second.DayNumber - pair.First.DayNumber >= FewestDaysBetween), $"{id} had days between its notices");
        var days = rules.Hours.DateOf(at).DayNumber - rules.Hours.DateOf(dunning.Notices[2].HandedOverAt!.Value).DayNumber;
        Must(days >= table.GapBeforeEnd && rules.Hours.DateOf(at) >= dunning.ToldEndsOn, $"{id} ended no sooner than it was told");
    }

    private void AuditSubscription(SubscriptionRow row, List<DueWorkRow> work, bool changed, bool calm)
    {
        var state = row.ToState();
        if (changed)
        {
            Must(subscriptions[row.Id.Value].Equals(state), $"the events of {row.Id} give its row");
        }

        var advance = work.Any(w => w.Kind == WorkKind.AdvanceSubscription && w.Id == row.Id.Value);
        var collect = state.OpenInvoice() is { } open && work.Any(w => w.Kind == WorkKind.CollectInvoice && w.Id == open.Id.Value);
        var moves = state is Subscription.PastDue or Subscription.Incomplete || state.Ending() is not null ? advance : state is Subscription.Paused or Subscription.Ended || advance || collect;
        var contested = ((Subscription.Started)state).Contract.Contested;
        Must(
            moves || (contested.HoldsCharges && contested.Open.All(d => work.Any(w => w.Kind == WorkKind.CollectInvoice && w.Id == d.InvoiceId.Value))),
            $"{row.Id} ({row.Status}) has due work with a date");
        if (calm)
        {
            Must(state.Ending() is null && state is not Subscription.Incomplete, $"{row.Id} ({row.Status}) does not stay between two states");
            Must(
                contested.HoldsCharges || state is not Subscription.PastDue { Case.Pauses.Count: 0 } late
                || clock.At - late.Case.OpenedAt < TimeSpan.FromDays(75 + late.Case.DelayDays + late.Case.Holds.Sum(h => h.Days)), $"the case of {row.Id} comes to an end");
            Must(
                contested.HoldsCharges || state is not (Subscription.Active or Subscription.Trialing) || state.OpenInvoice() is not { } waiting
                || clock.At - waiting.RaisedAt < _patience * 2 || ledger.Of(waiting.Id).Any(i => i.Status == PaymentStatus.Processing || i.JudgedAt > clock.At - _patience),
                $"the renewal of {row.Id} gets an outcome");
        }
    }

    private async Task AuditAccessAsync(ServiceProcess service, List<IGrouping<ReaderId, SubscriptionRow>> rows)
    {
        foreach (var readers in rows)
        {
            var states = readers.Select(r => r.ToState()).ToArray();
            var answer = (await service.Get<ReaderAccessQuery>().RunAsync(readers.Key))!;

            // Two hours on either side of an end, because the publisher's midnight is not UTC's.
            // Shut by the policy; of what may have been paid, the gateway's books are the judge.
            var shut = states.OfType<Subscription.PastDue>().SingleOrDefault(s => s.Case.Stage == DunningStage.DueToTerminate) is { } third
                && (await service.Get<Catalog>().RulesForAsync(third)).Policy.ClosesInThirdStage ? third : null;
            Must(
                answer.Entitled || shut is null || ledger.Of(shut.Invoice.Id).All(i => i.Status != PaymentStatus.Processing),
                $"{readers.Key} is not locked out while a payment is on its way");
            Must(
                !answer.Entitled || shut is null || invoices[shut.Invoice.Id.Value] is not { LiveAttempt: null, Withdrawn: false } || states.Any(s => s != shut && Reads(s, clock.At.AddHours(-2))),
                $"{readers.Key} does not read on in a third stage that closes");
            Must(answer.Entitled || shut is not null || !states.Any(s => Reads(s, clock.At.AddHours(2)) && s is Subscription.Started { Contract.Contested.SuspendsAccess: false }), () => $"{readers.Key} is not refused while {string.Join(", ", states.Select(s => s.GetType().Name))}");
            Must(!answer.Entitled || states.Any(s => Reads(s, clock.At.AddHours(-2))), $"{readers.Key} reads only what is granted");
            if (answer.Notice is { } notice && states.OfType<Subscription.PastDue>().SingleOrDefault() is { } pastDue)
            {
                var key = $"{pastDue.Contract.Id}/{pastDue.Case.Number}";
                if (notice.AccessEndsAt is { } endsAt)
                {
                    Must(!toldEnds.TryGetValue(key, out var told) || endsAt >= told, $"the end that pages tell {key} does not come nearer ({told:yyyy-MM-dd HH:mm}, told until {toldAt.GetValueOrDefault(key):yyyy-MM-dd HH:mm}, to {endsAt:yyyy-MM-dd HH:mm} at {clock.At:yyyy-MM-dd HH:mm})");
                    (toldEnds[key], toldAt[key]) = (endsAt, clock.At);
                }
                Must(notice.NextAttemptAt is not { } next || next >= clock.At, $"no page of {key} tells a try in the past");
            }
        }
    }

    private static bool Reads(Subscription state, DateTimeOffset at) => state switch
    {
        Subscription.PastDue => true,
        Subscription.Active a => !a.CancelAtPeriodEnd || a.Period.To > DateOnly.FromDateTime(at.UtcDateTime),
        Subscription.Trialing t => !t.CancelAtPeriodEnd || t.Trial.To > DateOnly.FromDateTime(at.UtcDateTime),
        _ => false,
    };

    internal static void Must(bool holds, string claim)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(claim);
        }
    }

    private static void Must(bool holds, Func<string> claim)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(claim());
        }
    }
}

internal sealed class BrokenInvariantException(string claim) : Exception($"Not true: {claim}.");

internal static class AuditorWords
{
    public static T? SingleOrDefaultOrBroken<T>(this IEnumerable<T> items, Func<T, bool> match, string claim) where T : class
    {
        var found = items.Where(match).Take(2).ToArray();
        Auditor.Must(found.Length <= 1, claim);
        return found.FirstOrDefault();
    }
}
