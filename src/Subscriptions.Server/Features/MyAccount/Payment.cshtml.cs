using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Leads to the gateway's page for new payment details.</summary>
public sealed class PaymentModel(ReaderSubscription subscriptions, OpenHostedSetup open, SiteLinks links, PublisherSettings publisher) : AccountPage
{
    /// <summary>How her subscription stands.</summary>
    public SubscriptionOverview? Overview { get; private set; }

    public async Task OnGetAsync() => Overview = await subscriptions.FindAsync(Reader);

    public async Task<IActionResult> OnPostAsync()
    {
        Overview = await subscriptions.FindAsync(Reader);
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
}
