using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Subscribe;

/// <summary>Where every offer leads: choose a plan.</summary>
public sealed class IndexModel(Catalog catalog, Checkout checkout, SubscriptionCommands commands) : FormPage
{
    /// <summary>The plan's name.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Plan { get; set; }

    /// <summary>What is on offer.</summary>
    public IReadOnlyList<PlanVersion> Plans => catalog.Offered;

    /// <summary>The plan that is marked.</summary>
    public string? Chosen => catalog.FindOffered(Plan ?? "")?.PlanId ?? (Plans is [var first, ..] ? first.PlanId : null);

    /// <summary>Where she stands.</summary>
    public CheckoutState State { get; private set; } = new CheckoutState.Free();

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        return State is CheckoutState.Free && IsGood(new Rules(catalog), new Entered(Plan ?? ""))
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

    private async Task LoadAsync() => State = User.ReaderId() is { } reader ? await checkout.StateAsync(reader) : new CheckoutState.Free();

    private sealed record Entered(string Plan);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules(Catalog catalog) =>
            RuleFor(e => e.Plan).Must(plan => catalog.FindOffered(plan) is not null).WithMessage("Choose one of the subscriptions.");
    }
}
