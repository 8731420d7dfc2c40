using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Groups;

/// <summary>Where the link of an invitation leads. Loading it changes nothing, since mail scanners do; the form accepts.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class AcceptModel(SeatLinks links, GroupQuery groups, GroupSeats seats, ConfirmAddress confirm, IDbContextFactory<SubscriptionsDb> databases) : FormPage
{
    /// <summary>The sealed id of the place.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    /// <summary>What is offered; null when the link is none of ours.</summary>
    public Invitation? Invitation { get; private set; }

    /// <summary>As whom she is signed in; null when she is not.</summary>
    public string? Email { get; private set; }

    /// <summary>Whether she pays for one herself, which goes on.</summary>
    public bool HasOwnSubscription { get; private set; }

    /// <summary>This page, to come back to after signing in.</summary>
    public string Here => $"/group/{Token}";

    public async Task<IActionResult> OnGetAsync()
    {
        await LoadAsync();
        var page = Page();
        page.StatusCode = Invitation is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return page;
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        if (Invitation is null)
        {
            return NotFound();
        }

        if (User.ReaderId() is not { } reader)
        {
            return RedirectToPage("/Accounts/SignIn", new { to = Here });
        }

        var result = await seats.AcceptAsync(Invitation.SeatId, reader, Actors.Reader(reader));
        if (result is SeatResult.Refused refused)
        {
            // Of two who accept at once the second sees what became of it meanwhile.
            await LoadAsync();
            ModelState.AddModelError("", refused.Refusal.Reason);
            return Again();
        }

        if (result is SeatResult.Done { Row.Email: { } invited })
        {
            // Where it is her own address, she has followed a link that went there and nowhere else; of any other nothing is noted.
            await confirm.RunAsync(reader, invited, Actors.Reader(reader));
        }

        return RedirectToPage("/MyAccount/Index", new { done = "joined" });
    }

    private async Task LoadAsync()
    {
        Invitation = links.Read(Token) is { } seat ? await groups.InvitationAsync(seat) : null;
        if (Invitation is not null && User.ReaderId() is { } reader)
        {
            await using var db = await databases.CreateDbContextAsync();
            Email = await db.Readers.Where(r => r.Id == reader).Select(r => r.Email).SingleOrDefaultAsync();
            HasOwnSubscription = await db.Subscriptions.AnyAsync(s => s.ReaderId == reader && s.LivingSlot != null);
        }
    }
}
