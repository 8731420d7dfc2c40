using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>
/// The payment page of one subscription, opened by the link in a notice or mail. It shows the amount and the last four
/// digits only, because a link can be passed on.
/// </summary>
public sealed class PayModel(PaymentProblemQuery problems, OpenHostedSetup open, SiteLinks links, PublisherSettings publisher, PublisherHours hours) : PageModel
{
    /// <summary>What the address carries.</summary>
    [BindProperty(SupportsGet = true)]
    public string Token { get; set => field = value ?? ""; } = "";

    /// <summary>The page of a website to come back to, when a notice led here.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Return { get; set; }

    /// <summary>Present when the gateway's page led back without an entry.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Left { get; set; }

    /// <summary>What it opens.</summary>
    public OpenedLink Link { get; private set; } = new OpenedLink.Forged();

    /// <summary>A day as the publisher's calendar has it.</summary>
    public string Day(DateTimeOffset at) => ReaderWords.Day(at, hours);

    /// <summary>What has become of the payment problem.</summary>
    public string SpentHeading(SubscriptionOverview it) => it switch
    {
        { State: nameof(Subscription.Ended) } => "This subscription has ended",
        { State: nameof(Subscription.PastDue), Ending: not null } => "This subscription is being ended",
        { State: nameof(Subscription.PastDue), CameBack: false } => "This link belongs to an earlier payment",
        _ => "This payment is settled",
    };

    /// <summary>The same in a sentence, with the next step.</summary>
    public string SpentWords(SubscriptionOverview it) => it switch
    {
        { State: nameof(Subscription.Ended), EndedAt: { } at, EndReason: EndReason.NonPayment } =>
            $"It ended on {ReaderWords.Day(at, hours)}, because the payment could not be taken. Nothing is owed any more. If you would like to read on, you can subscribe again.",
        { State: nameof(Subscription.Ended), EndedAt: { } at, EndReason: EndReason.PaymentReversed } =>
            $"It ended on {ReaderWords.Day(at, hours)}, because a payment was taken back. Nothing is owed any more. If you would like to read on, you can subscribe again.",
        { State: nameof(Subscription.Ended) } => "Nothing is owed any more. If you would like to read on, you can subscribe again.",
        { State: nameof(Subscription.PastDue), Ending: { } why } => CancelWords.BeingEnded(it, why),
        { State: nameof(Subscription.PastDue), CameBack: false } => "A later payment could not be taken. Use the link in our latest message, or sign in to My Account.",
        _ => "Nothing is owed, and the subscription goes on. This link has done its work; in My Account you can see your payments and change your payment details.",
    };

    public async Task<IActionResult> OnGetAsync() => Show(await problems.RunAsync(Token));

    public async Task<IActionResult> OnPostAsync()
    {
        Link = await problems.RunAsync(Token);
        if (Link is not OpenedLink.Live { Overview: var overview })
        {
            return Show(Link);
        }

        var path = $"/pay/{Token}";
        var back = links.Checked(Return);
        switch (await open.RunAsync(overview.Id, HostedReturn.To(publisher, $"{path}/return"), HostedReturn.Cancelled(publisher, path, back), back))
        {
            case OpenedSetup.Opened opened:
                return HostedReturn.SeeOther(Response, opened.Page);
            case OpenedSetup.Refused refused:
                ModelState.AddModelError("", refused.Refusal.Reason);
                break;
        }

        return Page();
    }

    private PageResult Show(OpenedLink link)
    {
        Link = link;
        var page = Page();
        page.StatusCode = link switch
        {
            OpenedLink.Live => StatusCodes.Status200OK,
            OpenedLink.Spent => StatusCodes.Status410Gone,
            _ => StatusCodes.Status404NotFound,
        };
        return page;
    }
}
