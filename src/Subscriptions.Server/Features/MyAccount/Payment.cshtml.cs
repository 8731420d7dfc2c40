using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Leads to the gateway's page for new payment details.</summary>
public sealed class PaymentModel(
    ReaderSubscription subscriptions, BankWishQuery banks, OpenHostedSetup open, SiteLinks links, PublisherSettings publisher) : AccountPage
{
    /// <summary>How her subscription stands.</summary>
    public SubscriptionOverview? Overview { get; private set; }

    /// <summary>What her bank wants of her.</summary>
    public BankWish Bank { get; private set; } = new BankWish.Nothing();

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        if (Overview is not { State: not nameof(Subscription.Ended) } overview)
        {
            return Again();
        }

        var back = links.Checked(Return);
        switch (await open.RunAsync(overview.Id, HostedReturn.To(publisher, "/my-account/payment/return"), HostedReturn.Cancelled(publisher, "/my-account/payment", back), back))
        {
            case OpenedSetup.Opened opened:
                return HostedReturn.SeeOther(Response, opened.Page);
            case OpenedSetup.Refused refused:
                ModelState.AddModelError("", refused.Refusal.Reason);
                break;
        }

        return Again();
    }

    private async Task LoadAsync()
    {
        Overview = await subscriptions.FindAsync(Reader);
        Bank = Overview is { } overview ? await banks.RunAsync(overview) : Bank;
    }
}
