using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>The reader's invoices, newest first.</summary>
public sealed class InvoicesModel(IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours) : AccountPage
{
    private const int PageSize = 24;
    private const int LastPage = 1000;

    /// <summary>Which page, from 1.</summary>
    [BindProperty(SupportsGet = true)]
    public int From { get; set; } = 1;

    /// <summary>The invoices of this page.</summary>
    public IReadOnlyList<InvoiceRow> Rows { get; private set; } = [];

    /// <summary>Whether there are older ones.</summary>
    public bool More { get; private set; }

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    public async Task OnGetAsync()
    {
        From = Math.Clamp(From, 1, LastPage);
        await using var db = await databases.CreateDbContextAsync();
        var found = await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.ReaderId == Reader)
            .OrderByDescending(i => i.RaisedAt).ThenByDescending(i => i.Number)
            .Skip((From - 1) * PageSize).Take(PageSize + 1).ToListAsync();
        More = found.Count > PageSize;
        Rows = found[..Math.Min(found.Count, PageSize)];
    }
}
