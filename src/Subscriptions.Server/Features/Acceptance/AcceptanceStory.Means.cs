using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Acceptance;

/// <summary>What the steps do again and again: register, begin, lay a card down, wait, move the clock.</summary>
internal sealed partial class AcceptanceStory
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);
    private const int MostMoves = 300;

    // Weeks are moved through in a step, with a dozen answers to wait for.
    private const int PatienceForMoves = 3;

    // Under an id that no service's reader has, and that its payments carry at Stripe.
    private async Task<ReaderId> RegisterAsync(string email, string name)
    {
        var id = new ReaderId(AcceptCommand.ReaderPrefix + run + Secrets.NewId("")[1..17]);
        await using var db = await DatabaseAsync();
        db.Readers.Add(new ReaderRow { Id = id, Email = email, NormalizedEmail = AccountRules.NormalizeEmail(email), Name = name, CreatedAt = clock.Now });
        await db.SaveChangesAsync();
        payers.Add(id);
        return id;
    }

    private async Task<SubscriptionId> BeginAsync(ReaderId who, string plan, string token) => await app.Services.GetRequiredService<StartSubscription>().RunAsync(who, plan, token, Actors.System) switch
    {
        StartResult.Started started => started.Id,
        StartResult.Refused refused => throw new AcceptanceException(refused.Refusal.Reason),
        var other => throw new AcceptanceException(other.GetType().Name),
    };

    private async Task LayDownAsync(string token)
    {
        var customers = app.Services.GetRequiredService<GatewayCustomers>();
        var customer = await customers.EnsureAsync(reader) ?? throw new AcceptanceException("Stripe does not know the payer.");
        var stored = Value(await customers.AttachAsync(reader, customer, token));
        var refusal = await app.Services.GetRequiredService<SubscriptionCommands>().RunAsync(subscription, new SubscriptionCommand.ChangePaymentMethod(stored.Token), Actors.Reader(reader));
        Require(refusal is null, refusal?.Reason ?? "");
        await app.Services.GetRequiredService<IJobScheduler>().LookNowAsync<CollectDueInvoices>();
    }

    private async Task<Domain.Plans.PlanVersion> PlanOfAsync()
    {
        await using var db = await DatabaseAsync();
        var id = (await db.Subscriptions.SingleAsync(s => s.Id == subscription)).PlanVersionId;
        return (await db.PlanVersions.SingleAsync(p => p.Id == id)).ToPlan();
    }

    private async Task<Invoice> NewestInvoiceAsync()
    {
        await using var db = await DatabaseAsync();
        return (await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.SubscriptionId == subscription).OrderByDescending(i => i.RaisedAt).FirstAsync()).ToInvoice();
    }

    // From one due moment of the subscription to the next; what else is due then runs as it comes.
    private async Task MoveUntilAsync(string what, Func<SubscriptionsDb, Task<bool>> done)
    {
        var asked = Stopwatch.StartNew();
        for (var moves = 0; moves < MostMoves; moves++)
        {
            Require(asked.Elapsed < patience * PatienceForMoves, $"{what}: not so within {(patience * PatienceForMoves).TotalSeconds:0} s, at {clock.Now:u}");
            await UntilAsync("nothing of it is due", async db => !await Ours(db).AnyAsync(w => w.DueAt <= clock.Now));
            await using var db = await DatabaseAsync();
            if (await done(db))
            {
                return;
            }

            clock.MoveTo(await Ours(db).OrderBy(w => w.DueAt).Select(w => (DateTimeOffset?)w.DueAt).FirstOrDefaultAsync() ?? throw new AcceptanceException($"{what}: not so, and nothing is due any more."));
        }

        throw new AcceptanceException($"{what}: not so after {MostMoves} moves of the clock, at {clock.Now:u}.");
    }

    private static IQueryable<DueWorkRow> Ours(SubscriptionsDb db) =>
        db.DueWork.Where(w => w.Kind == WorkKind.AdvanceSubscription || w.Kind == WorkKind.CollectInvoice || w.Kind == WorkKind.SendMail);

    private async Task UntilAsync(string what, Func<SubscriptionsDb, Task<bool>> reached, bool unasked = false)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Interrupted);
        end.CancelAfter(patience);
        using var tick = new PeriodicTimer(_look);
        try
        {
            for (var looks = 0; ; looks++)
            {
                await using (var db = await DatabaseAsync())
                {
                    if (await reached(db))
                    {
                        return;
                    }
                }

                if (!unasked && looks % 4 == 0)
                {
                    await app.Services.GetRequiredService<IJobScheduler>().LookNowAsync();
                }

                await tick.WaitForNextTickAsync(end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            throw new AcceptanceException(Interrupted.IsCancellationRequested ? "interrupted" : $"{what}: not so within {patience.TotalSeconds:0} s.");
        }
    }

    // Ctrl+C, or a stop from outside.
    private CancellationToken Interrupted => app.Lifetime.ApplicationStopping;

    private Task<SubscriptionsDb> DatabaseAsync() => app.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new AcceptanceException($"{otherwise}.");
        }
    }

    private static T Value<T>(GatewayAnswer<T> answer) => answer switch
    {
        GatewayAnswer<T>.Answered answered => answered.Value,
        GatewayAnswer<T>.Refused refused => throw new AcceptanceException($"Stripe refused: {refused.Code}: {refused.Message}"),
        GatewayAnswer<T>.Unknown unknown => throw new AcceptanceException($"no answer from Stripe: {unknown.Reason}"),
        _ => throw new AcceptanceException(answer.GetType().Name),
    };
}
