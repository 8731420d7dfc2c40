using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Racing;

/// <summary>Somebody over whose invoice a race is run.</summary>
internal sealed record Entrant(ReaderId Reader, SubscriptionId Subscription);

/// <summary>Two processes' worth of the service on one database and one gateway, and the auditor who compares the books after a race.</summary>
internal sealed class RaceTrack : IAsyncDisposable
{
    private static readonly Uri _back = new("http://localhost:5081/my-account/payment/return?session_id={CHECKOUT_SESSION_ID}");

    private readonly WebApplication peer;
    private readonly GatewayBooks books;
    private readonly Meetings meetings;

    private RaceTrack(RunningService home, WebApplication peer, Meetings meetings)
    {
        (Home, this.peer, this.meetings) = (home, peer, meetings);
        books = new GatewayBooks(home.GatewayApi);
    }

    public RunningService Home { get; }

    public IServiceProvider Here => Home.Services;

    public IServiceProvider There => peer.Services;

    public static async Task<RaceTrack> OpenAsync()
    {
        var meetings = new Meetings();
        var home = await RunningService.StartAsync(services => services.ConfigureDbContext<SubscriptionsDb>(options => options.AddInterceptors(meetings)));
        return new(home, await home.StartPeerAsync(), meetings);
    }

    public async Task<Entrant[]> EnterAsync(int count, string plan, string card, string state)
    {
        var entrants = new Entrant[count];
        await Parallel.ForAsync(0, count, async (n, _) =>
        {
            var created = await Here.GetRequiredService<CreateReader>().RunAsync($"{Guid.CreateVersion7():N}@race.example", "Rosa Runner", null);
            var reader = ((CreatedReader.Created)created).Id;
            var started = await Here.GetRequiredService<StartSubscription>().RunAsync(reader, plan, card, Actors.Reader(reader));
            entrants[n] = new(reader, ((StartResult.Started)started).Id);
        });
        foreach (var entrant in entrants)
        {
            await Home.SubscriptionInAsync(entrant.Reader, state);
        }

        return entrants;
    }

    /// <summary>Lays a good card down on the gateway's page and does not come back yet.</summary>
    public async Task<string> LayDownCardAsync(Entrant entrant)
    {
        var opened = (OpenedSetup.Opened)await Here.GetRequiredService<OpenHostedSetup>().RunAsync(entrant.Subscription, _back, _back, null);
        using var browser = new Browser(opened.Page);
        using var form = Browser.Filled(await browser.GetAsync(opened.Page), "Save card", ("test_card", TestCard.Good));
        using var answer = await browser.SendAsync(form);
        return System.Web.HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["session_id"]!;
    }

    /// <summary>Puts a good card in the place of hers, with no page in between.</summary>
    public async Task GiveGoodCardAsync(Entrant entrant)
    {
        await using var db = Home.OpenDatabase();
        var customer = await db.Readers.Where(r => r.Id == entrant.Reader).Select(r => r.GatewayCustomerId).SingleAsync();
        var gateway = Here.GetRequiredService<IPaymentGateway>();
        // Before the race, on a machine that may be busy: an answer that came too late is asked for again under its key.
        var stored = await Home.EventuallyAsync(async () => await gateway.AttachMethodAsync(customer!, "pm_card_visa", $"good:{entrant.Reader}") is GatewayAnswer<StoredMethod>.Answered { Value: var method } ? method : null);
        db.PaymentMethods.Add(new PaymentMethodRow { Id = stored.Token, ReaderId = entrant.Reader, Kind = "card", Brand = "visa", Last4 = "4242", AddedAt = Home.Clock.Now });
        await db.SaveChangesAsync();
        await Here.GetRequiredService<SubscriptionCommands>().RunAsync(entrant.Subscription, new SubscriptionCommand.ChangePaymentMethod(stored.Token), Actors.Reader(entrant.Reader));
    }

    public Task FaultAsync(string kind, int? count = null, double? hold = null) => Home.Faults.AddAsync(new FaultOrder("gateway", kind, "confirm", null, count, hold));

    /// <summary>All at once, each on a thread of its own, from one starting shot.</summary>
    public async Task AtOnceAsync(IEnumerable<Func<Task>> runners)
    {
        var shot = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = runners.Select(run => Task.Run(async () =>
        {
            await shot.Task;
            await run();
        })).ToArray();
        meetings.Counted = true;
        shot.SetResult();
        await Task.WhenAll(running);
        meetings.Counted = false;
    }

    public Task LookEverywhereAsync() => Task.WhenAll(Here.GetRequiredService<IJobScheduler>().LookNowAsync(), There.GetRequiredService<IJobScheduler>().LookNowAsync());

    /// <summary>Somebody came for a payment that another had in hand.</summary>
    public void TurnedAway(string paymentIntentId) => meetings.Count(paymentIntentId);

    /// <summary>In how many rounds one stood in the other's way.</summary>
    public async Task<int> MetAsync(IEnumerable<Entrant> entrants)
    {
        await using var db = Home.OpenDatabase();
        var (met, subscriptions) = (0, entrants.Select(e => (SubscriptionId?)e.Subscription).ToArray());
        foreach (var round in (await db.Invoices.Where(i => subscriptions.Contains(i.SubscriptionId)).Select(i => new { i.SubscriptionId, i.Id, i.PaymentIntentId }).ToListAsync())
            .GroupBy(i => i.SubscriptionId!.Value))
        {
            met += meetings.At([round.Key.Value, .. round.SelectMany(i => new[] { i.Id.Value, i.PaymentIntentId ?? i.Id.Value })]) ? 1 : 0;
        }

        return met;
    }

    /// <summary>Compares the books of both sides when nothing is under way any more.</summary>
    public async Task AuditAsync(IEnumerable<Entrant> entrants, Func<Subscription.Started, IReadOnlyList<Invoice>, bool> ended)
    {
        await Home.SettledAsync();
        var booked = await books.ReadAsync();
        await using var db = Home.OpenDatabase();
        foreach (var entrant in entrants)
        {
            var state = (await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == entrant.Subscription)).ToState();
            var rows = await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.SubscriptionId == entrant.Subscription).ToListAsync();
            var invoices = rows.Select(r => r.ToInvoice()).ToArray();
            foreach (var invoice in invoices)
            {
                Compare(invoice, [.. booked[invoice.Id.Value]], state);
            }

            Assert.That(ended(state, invoices), Is.True, $"{entrant.Subscription} is {state}: {string.Join("; ", invoices.Select(i => $"{i.Id} {i.Status}"))}");
        }

        // A look that broke off on a busy database is tried again a minute later; what stays is stuck.
        await Home.EventuallyAsync(async () =>
        {
            Home.Clock.Advance(TimeSpan.FromMinutes(1));
            return await db.DueWork.AnyAsync(w => w.ParkedAt != null || w.Failures > 0 || w.LeaseOwner != null) ? null : this;
        });
    }

    public async ValueTask DisposeAsync()
    {
        books.Dispose();
        await peer.StopAsync();
        await peer.DisposeAsync();
        await Home.DisposeAsync();
    }

    private static void Compare(Invoice invoice, BookedPayment[] booked, Subscription.Started state)
    {
        var taken = booked.Sum(p => p.Taken);
        var recorded = invoice.Attempts.Count(a => a.State == AttemptState.Succeeded);
        var tried = booked.Where(p => p.Charges > 0 || p.Status == "succeeded").ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(taken, Is.LessThanOrEqualTo(1), $"{invoice.Id} is paid once at most");
            Assert.That(tried.Count(p => p.Status != "canceled"), Is.LessThanOrEqualTo(1), $"{invoice.Id} has one PaymentIntent at most that may take money");
            Assert.That(recorded, Is.EqualTo(taken), $"the success of {invoice.Id} is recorded, once");
            Assert.That(invoice.Attempts.Count(a => a.ChargeId is not null), Is.EqualTo(booked.Sum(p => p.Charges)), $"every charge of {invoice.Id} is recorded");
            Assert.That(invoice.LiveAttempt, Is.Null, $"nothing of {invoice.Id} is under way for ever");
            Assert.That(invoice.HasRefundToMake, Is.False, $"nothing of {invoice.Id} is still to go back");
            Assert.That(invoice.Refunded.Amount, Is.EqualTo(booked.Sum(p => p.Refunded)), $"refunds of {invoice.Id}");
            Assert.That(taken == 1 && invoice.Status is not InvoiceStatus.Paid && invoice.Refunded != invoice.Total, Is.False, $"what came late for {invoice.Id} went back");
            Assert.That(invoice.Status == InvoiceStatus.Paid && taken == 0, Is.False, $"{invoice.Id} is paid only when money was taken");
            Assert.That(state is Subscription.Ended && (invoice.Status == InvoiceStatus.Open || booked.Any(p => p.Status is not ("canceled" or "succeeded"))), Is.False, $"{invoice.Id} of an ended subscription is closed, here and there");
        });
    }
}
