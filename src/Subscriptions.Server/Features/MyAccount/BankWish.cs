using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What a bank wants of the reader herself before it pays what is owed.</summary>
public abstract record BankWish
{
    /// <summary>Nothing.</summary>
    public sealed record Nothing : BankWish;

    /// <summary>It has asked her and waits for the answer.</summary>
    /// <param name="Page">Where she gives it.</param>
    public sealed record Answer(Uri Page) : BankWish;

    /// <summary>It pays with this method only while she is there to confirm.</summary>
    public sealed record Presence : BankWish;
}

/// <summary>Reads what the bank wants of a reader.</summary>
public sealed class BankWishQuery(IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>What it wants for the open invoice of a subscription.</summary>
    public async Task<BankWish> RunAsync(SubscriptionOverview overview)
    {
        if (overview is not { OpenInvoiceId: { } id, Method: { } method })
        {
            return new BankWish.Nothing();
        }

        await using var db = await databases.CreateDbContextAsync();
        var invoice = (await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == id)).ToInvoice();
        return invoice switch
        {
            { LiveAttempt: { State: AttemptState.AwaitingReader, ChallengeUrl: { } page } } => new BankWish.Answer(new Uri(page)),
            { LiveAttempt: null } when InvoiceDecider.NeedsTheReader(invoice, method.Id) => new BankWish.Presence(),
            _ => new BankWish.Nothing(),
        };
    }
}
