using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Says what a cancellation means, and carries it out.</summary>
public sealed class CancelModel(ReaderSubscription subscriptions, GroupQuery groups, SubscriptionCommands commands) : AccountPage
{
    /// <summary>What happens when she goes on.</summary>
    public string Consequence { get; private set; } = "";

    /// <summary>What it means to others who read through her subscription; null when nobody does.</summary>
    public string? ForTheGroup { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is null ? ToOverview(null) : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (await LoadAsync() is not { } overview)
        {
            return ToOverview(null);
        }

        // Asked twice is cancelled once: the second form of two windows is told the same.
        if (overview.CancelAtPeriodEnd || await commands.RunAsync(overview.Id, new SubscriptionCommand.CancelSubscription(), Actors.Reader(Reader)) is not { } refusal)
        {
            return ToOverview("cancelled");
        }

        ModelState.AddModelError("", refusal.Reason);
        return Again();
    }

    private async Task<SubscriptionOverview?> LoadAsync()
    {
        if (await subscriptions.FindAsync(Reader) is not { State: not nameof(Subscription.Ended) } overview)
        {
            return null;
        }

        var (_, daysLeft) = await subscriptions.StandingAsync(overview.Id);
        Consequence = CancelWords.Consequence(overview, daysLeft);
        ForTheGroup = CancelWords.OfGroup(overview, await groups.OfAsync(overview.Id));
        return overview;
    }

    private RedirectToPageResult ToOverview(string? done) => RedirectToPage("/MyAccount/Index", new { done, @return = Return });
}
