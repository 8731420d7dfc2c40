using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Subscribe;

/// <summary>What the reader agrees to, and the button above which it stands.</summary>
public sealed class ConfirmModel(
    Checkout checkout, StartSubscription start, OpenHostedSetup open, SiteLinks links, PublisherSettings publisher, BillingClock clock) : FormPage
{
    /// <summary>The plan's name.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Plan { get; set; }

    /// <summary>The version of the plan that the page showed her: nothing else is what she agreed to.</summary>
    [BindProperty]
    public string? Shown { get; set; }

    private SubscriptionId? begun;

    /// <summary>The plan, of which what was begun keeps its own version; null when it is not on offer.</summary>
    public PlanVersion? Chosen { get; private set; }

    /// <summary>The publisher's date.</summary>
    public DateOnly Today => publisher.Hours.DateOf(clock.Now);

    public async Task<IActionResult> OnGetAsync() => await ElsewhereAsync() is { } elsewhere ? elsewhere : Chosen is null ? Again() : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ElsewhereAsync() is { } elsewhere)
        {
            return elsewhere;
        }

        if (Chosen is null)
        {
            return Again();
        }

        if (Shown is not null && Shown != Chosen.Id)
        {
            ModelState.AddModelError("", "This subscription has changed since you opened the page. Please read again what you agree to.");
            return Again();
        }

        if (begun is { } id)
        {
            return await OpenAsync(id);
        }

        var reader = User.ReaderId()!.Value;
        switch (await start.RunAsync(reader, Chosen.PlanId, paymentMethodToken: null, Actors.Reader(reader)))
        {
            case StartResult.Started started:
                return await OpenAsync(started.Id);
            case StartResult.Refused refused:
                ModelState.AddModelError("", refused.Refusal.Reason);
                return Again();
            default:
                return Again();
        }
    }

    // Registering comes between choosing and agreeing; whoever subscribes already, or has begun something else, is told so.
    private async Task<IActionResult?> ElsewhereAsync()
    {
        if (User.ReaderId() is not { } reader)
        {
            return Redirect("/register" + new QueryBuilder { { CookieSetup.OnwardParameter, Self }, { "return", Return ?? "" } });
        }

        switch (await checkout.StateAsync(reader))
        {
            case CheckoutState.Free:
                Chosen = (await checkout.OffersAsync(reader)).FirstOrDefault(plan => plan.PlanId == Plan);
                return null;

            // What is on offer may have changed since; she goes on with what she agreed to.
            case CheckoutState.Begun known when known.Plan.PlanId == Plan:
                (begun, Chosen) = (known.Id, known.Plan);
                return null;
            default:
                return RedirectToPage("/Subscribe/Index", new { @return = Return });
        }
    }

    private async Task<IActionResult> OpenAsync(SubscriptionId id)
    {
        switch (await open.RunAsync(id, HostedReturn.To(publisher, "/subscribe/return"), HostedReturn.Left(new Uri(publisher.Address, Self)), links.Checked(Return)))
        {
            case OpenedSetup.Opened opened:
                return HostedReturn.SeeOther(Response, opened.Page);
            case OpenedSetup.Refused refused:
                ModelState.AddModelError("", refused.Refusal.Reason);
                break;
        }

        return Again();
    }

    private string Self => "/subscribe/confirm" + new QueryBuilder { { "plan", Plan ?? "" }, { "return", links.Checked(Return) ?? "" } };
}
