using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What the pages need that a reader returns to from the gateway.</summary>
public sealed class SetupReturns(
    FinishHostedSetup finish, SubscriptionOverviewQuery overview, IDbContextFactory<SubscriptionsDb> databases, PublisherSettings publisher, PublisherHours hours, SiteLinks links)
{
    private const int IdLength = 100;

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    /// <summary>Where the reader goes in the end.</summary>
    public SiteLinks Links => links;

    /// <summary>Finishes the set-up, or says how far it is.</summary>
    /// <param name="sessionId">What the address of the page says.</param>
    /// <param name="path">The page's own path, to which a bank's challenge leads back.</param>
    /// <param name="reader">Who is here; null when a payment link stands for her.</param>
    /// <param name="only">The one subscription that may be finished here; null for any of the reader's.</param>
    public async Task<(FinishedSetup Finished, string? ReturnTo)> FinishAsync(string? sessionId, string path, ReaderId? reader, SubscriptionId? only)
    {
        if (sessionId is not { Length: > 0 and <= IdLength })
        {
            return (Unknown, null);
        }

        await using var db = await databases.CreateDbContextAsync();
        var opened = await db.HostedSetups.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId);
        if (opened is null || (only is { } one && opened.SubscriptionId != one))
        {
            return (Unknown, null);
        }

        return (await finish.RunAsync(sessionId, HostedReturn.FromBank(publisher, path, sessionId), reader), opened.ReturnTo);
    }

    /// <summary>How the subscription stands now.</summary>
    public Task<SubscriptionOverview?> OverviewAsync(SubscriptionId id) => overview.RunAsync(id);

    /// <summary>Nothing of ours.</summary>
    public static FinishedSetup.Refused Unknown { get; } =
        new(new Refusal("setup-unknown", "This page does not belong to a payment that was begun here. Nothing was changed."));
}

/// <summary>
/// The page to which the gateway leads back. It may be loaded many times: what was done once is only told again.
/// </summary>
public abstract class SetupReturnPage(SetupReturns returns) : FormPage
{
    /// <summary>The gateway's id of the hosted page.</summary>
    [BindProperty(SupportsGet = true, Name = "session_id")]
    public string? SessionId { get; set; }

    /// <summary><c>bank</c> when a challenge led here.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>How far it is.</summary>
    public FinishedSetup Finished { get; private set; } = null!;

    /// <summary>How the subscription stands now; null when it is not known.</summary>
    public SubscriptionOverview? Overview { get; private set; }

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => returns.Hours;

    /// <summary>Where another method can be entered.</summary>
    public abstract string TryAgainPath { get; }

    /// <summary>What is said when the money was taken.</summary>
    public abstract string DoneHeading { get; }

    /// <summary>What is said when nothing had to be taken.</summary>
    public abstract string StoredHeading { get; }

    /// <summary>Whether My Account may be named as the next step; a payment link opens nothing but payment.</summary>
    public virtual bool KnowsReader => true;

    /// <summary>Finishes and answers.</summary>
    protected async Task<IActionResult> FinishAsync(string path, ReaderId? reader, SubscriptionId? only)
    {
        var (finished, returnTo) = await returns.FinishAsync(SessionId, path, reader, only);
        return await ShowAsync(finished, returnTo);
    }

    /// <summary>Leads to the bank's question if there is one, and tells everything else.</summary>
    protected async Task<IActionResult> ShowAsync(FinishedSetup finished, string? returnTo)
    {
        (Finished, Return) = (finished, returnTo);
        if (Finished is FinishedSetup.Challenge challenge && From != "bank")
        {
            return HostedReturn.SeeOther(Response, challenge.Page);
        }

        Overview = SubscriptionOf(Finished) is { } id ? await returns.OverviewAsync(id) : null;
        var page = Page();
        page.StatusCode = Finished is FinishedSetup.Refused { Refusal.Code: "setup-unknown" } ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return page;
    }

    /// <summary>Nothing of ours.</summary>
    protected static FinishedSetup Unknown => SetupReturns.Unknown;

    private static SubscriptionId? SubscriptionOf(FinishedSetup finished) => finished switch
    {
        FinishedSetup.Collected f => f.Id,
        FinishedSetup.NothingOwed f => f.Id,
        FinishedSetup.UnderWay f => f.Id,
        FinishedSetup.KeptForLater f => f.Id,
        FinishedSetup.StillAsking f => f.Id,
        FinishedSetup.Superseded f => f.Id,
        FinishedSetup.Challenge f => f.Id,
        FinishedSetup.Declined f => f.Id,
        FinishedSetup.Refused => null,
        _ => throw new InvalidOperationException($"No page for {finished.GetType().Name}."),
    };
}
