using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>How the link of a confirmation letter was found.</summary>
public abstract record ConfirmationLink
{
    /// <summary>It can be confirmed now.</summary>
    public sealed record Live(string Email) : ConfirmationLink;

    /// <summary>It was confirmed by this link already, or is now.</summary>
    public sealed record Confirmed : ConfirmationLink;

    /// <summary>Whoever is here is not signed in as the reader who asked for it: a link alone must not confirm a stranger's account.</summary>
    public sealed record OfAnother : ConfirmationLink;

    /// <summary>It is too old, of another address, or none of ours.</summary>
    public sealed record Dead : ConfirmationLink;
}

/// <summary>Where the link of a confirmation letter leads. Loading it changes nothing; mail scanners do.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class ConfirmModel(AddressLinks links, ConfirmAddress confirm, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : FormPage
{
    /// <summary>The sealed link.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    /// <summary>How it was found.</summary>
    public ConfirmationLink Opened { get; private set; } = new ConfirmationLink.Dead();

    /// <summary>This page, to come back to after signing in.</summary>
    public string Here => $"/confirm-address/{Token}";

    public async Task<IActionResult> OnGetAsync()
    {
        Opened = await FindAsync();
        return Shown();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        Opened = await FindAsync();
        if (Opened is ConfirmationLink.Live live && User.ReaderId() is { } reader)
        {
            Opened = await confirm.RunAsync(reader, live.Email, Actors.Reader(reader)) ? new ConfirmationLink.Confirmed() : new ConfirmationLink.Dead();
        }

        return Shown();
    }

    private PageResult Shown()
    {
        var page = Page();
        page.StatusCode = Opened is ConfirmationLink.Dead ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return page;
    }

    private async Task<ConfirmationLink> FindAsync()
    {
        if (links.Read(Token) is not { } link || clock.Now - link.MadeAt > AddressLink.Life)
        {
            return new ConfirmationLink.Dead();
        }

        if (User.ReaderId() != link.Reader)
        {
            return new ConfirmationLink.OfAnother();
        }

        await using var db = await databases.CreateDbContextAsync();
        var found = await db.Readers.Where(r => r.Id == link.Reader).Select(r => new { r.Email, r.EmailVerifiedAt }).SingleOrDefaultAsync();
        return found is null || !link.IsOf(found.Email) ? new ConfirmationLink.Dead()
            : found.EmailVerifiedAt >= link.MadeAt ? new ConfirmationLink.Confirmed()
            : new ConfirmationLink.Live(found.Email);
    }
}
