using System.Security.Cryptography;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Who reads through the account holder's subscription, who is invited, and what is free.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class GroupModel(ReaderSubscription subscriptions, GroupQuery groups, GroupSeats seats, PublisherHours hours) : AccountPage
{
    private const int KeyLength = 40;
    private static readonly Rules _rules = new();

    /// <summary>What was just done, by name; an unknown name says nothing.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Done { get; set; }

    /// <summary>Who is invited.</summary>
    [BindProperty]
    public string? Email { get; set; }

    /// <summary>The group; null when her subscription has no places.</summary>
    public Group? Group { get; private set; }

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    /// <summary>What was just done, in words.</summary>
    public string? Notice => Done switch
    {
        "invited" => "The invitation is on its way.",
        "ended" => "The place is free again.",
        _ => null,
    };

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostInviteAsync()
    {
        await LoadAsync();
        var entered = new Entered(AccountRules.CleanEmail(Email));
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        // A form sent twice finds the address invited already.
        return Group is null ? Refuse(SeatRefusals.NoGroup)
            : await seats.InviteAsync(Group.SubscriptionId, entered.Email, "page:" + RandomNumberGenerator.GetHexString(KeyLength, lowercase: true), Actors.Reader(Reader)) is SeatResult.Refused refused
                ? Refuse(refused.Refusal)
                : RedirectToPage(new { done = "invited", @return = Return });
    }

    public async Task<IActionResult> OnPostEndAsync(string? seat)
    {
        await LoadAsync();
        return Group is null || !ApiIds.IsPossible(seat) ? Refuse(SeatRefusals.NoSeat)
            : await seats.TakeBackAsync(seat, Group.SubscriptionId, Actors.Reader(Reader)) is SeatResult.Refused refused ? Refuse(refused.Refusal)
            : RedirectToPage(new { done = "ended", @return = Return });
    }

    private async Task LoadAsync() => Group = await subscriptions.FindAsync(Reader) is { } overview ? await groups.OfAsync(overview.Id) : null;

    private Microsoft.AspNetCore.Mvc.RazorPages.PageResult Refuse(Refusal refusal)
    {
        ModelState.AddModelError("", refusal.Reason);
        return Again();
    }

    private sealed record Entered(string Email);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules() => RuleFor(e => e.Email).MustBeEmail();
    }
}
