using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>The reader's sign-ins, each of which she can end.</summary>
public sealed class SessionsModel(IDbContextFactory<SubscriptionsDb> databases, ReaderSessions sessions, PublisherHours hours) : AccountPage
{
    private const int MostShown = 50;
    private const int MostEnded = 5;

    /// <summary>Those that live, newest first.</summary>
    public IReadOnlyList<ReaderSessionRow> Live { get; private set; } = [];

    /// <summary>Those that lately made room for a later one, newest first.</summary>
    public IReadOnlyList<ReaderSessionRow> MadeRoom { get; private set; } = [];

    /// <summary>The one of this browser.</summary>
    public string? Here => User.SessionId();

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync(string? session)
    {
        await LoadAsync();
        if (Live.All(s => s.Id != session))
        {
            ModelState.AddModelError("", "This sign-in has ended already.");
            return Again();
        }

        await sessions.RevokeAsync(session!, Actors.Reader(Reader));
        return RedirectToPage(new { @return = Return });
    }

    private async Task LoadAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        Live = await db.ReaderSessions.AsNoTracking().Where(s => s.ReaderId == Reader && s.RevokedAt == null)
            .OrderByDescending(s => s.StartedAt).Take(MostShown).ToListAsync();
        MadeRoom = await db.ReaderSessions.AsNoTracking().Where(s => s.ReaderId == Reader && s.EndedByLimitOf != null)
            .OrderByDescending(s => s.RevokedAt).Take(MostEnded).ToListAsync();
    }
}
