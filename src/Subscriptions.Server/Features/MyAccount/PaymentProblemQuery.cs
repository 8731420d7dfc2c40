using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What a payment link opens.</summary>
public abstract record OpenedLink
{
    /// <summary>The payment problem is still there.</summary>
    /// <param name="Overview">How the subscription stands.</param>
    /// <param name="Bank">What the bank wants of the reader.</param>
    public sealed record Live(SubscriptionOverview Overview, BankWish Bank) : OpenedLink;

    /// <summary>It is over; the link has nothing left to open.</summary>
    public sealed record Spent(SubscriptionOverview Overview) : OpenedLink;

    /// <summary>Not one of our links.</summary>
    public sealed record Forged : OpenedLink;
}

/// <summary>Reads what a payment link stands for. Reading changes nothing; mail scanners read too.</summary>
public sealed class PaymentProblemQuery(PaymentLinks links, SubscriptionOverviewQuery overviews, BankWishQuery banks, IDbContextFactory<SubscriptionsDb> databases)
{
    private const int TokenLength = 1000;

    /// <summary>What the token opens now.</summary>
    public async Task<OpenedLink> RunAsync(string token)
    {
        if (token.Length > TokenLength || links.Read(token) is not { } link)
        {
            return new OpenedLink.Forged();
        }

        await using var db = await databases.CreateDbContextAsync();
        var row = await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == link.SubscriptionId);
        if (row is null || await overviews.RunAsync(link.SubscriptionId) is not { } overview)
        {
            return new OpenedLink.Forged();
        }

        return !overview.CameBack && row.ToState() is Subscription.PastDue { Ending: null } state && state.Case.Number == link.CaseNumber
            ? new OpenedLink.Live(overview, await banks.RunAsync(overview))
            : new OpenedLink.Spent(overview);
    }
}
