using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Subscribe;

/// <summary>Where every offer leads: choose a plan.</summary>
public sealed class IndexModel(Checkout checkout, SubscriptionCommands commands) : FormPage
{
    /// <summary>The plan's name.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Plan { get; set; }

    /// <summary>What is offered to her.</summary>
    public IReadOnlyList<PlanVersion> Plans { get; private set; } = [];

    /// <summary>The plan that is marked.</summary>
    public string? Chosen => (Plans.FirstOrDefault(plan => plan.PlanId == Plan) ?? Plans.FirstOrDefault())?.PlanId;

    /// <summary>Where she stands.</summary>
    public CheckoutState State { get; private set; } = new CheckoutState.Free();

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        return State is CheckoutState.Free && IsGood(new Rules(Plans), new Entered(Plan ?? ""))
            ? RedirectToPage("/Subscribe/Confirm", new { plan = Plan, @return = Return })
            : Again();
    }

    public async Task<IActionResult> OnPostStartOverAsync()
    {
        await LoadAsync();
        if (State is CheckoutState.Begun begun)
        {
            await commands.RunAsync(begun.Id, new SubscriptionCommand.CancelSubscription(), Actors.Reader(User.ReaderId()!.Value));
        }

        return RedirectToPage(new { @return = Return });
    }

    private async Task LoadAsync()
    {
        var reader = User.ReaderId();
        State = reader is { } known ? await checkout.StateAsync(known) : new CheckoutState.Free();
        Plans = await checkout.OffersAsync(reader);
    }

    private sealed record Entered(string Plan);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules(IReadOnlyList<PlanVersion> offered) =>
            RuleFor(e => e.Plan).Must(plan => offered.Any(offer => offer.PlanId == plan)).WithMessage("Choose one of the subscriptions.");
    }
}
