using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>One invoice, to be printed; nobody sees another reader's.</summary>
public sealed class InvoiceModel(IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours) : AccountPage
{
    private const int IdLength = 100;

    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>The row; null when she has no such invoice.</summary>
    public InvoiceRow? Row { get; private set; }

    /// <summary>The invoice.</summary>
    public Invoice? Invoice { get; private set; }

    /// <summary>Whom it is made out to.</summary>
    public string ReaderName { get; private set; } = "";

    /// <summary>When and with what it was paid.</summary>
    public string? PaidBy { get; private set; }

    /// <summary>The publisher's day, for dates.</summary>
    public PublisherHours Hours => hours;

    public async Task<PageResult> OnGetAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var id = InvoiceId.From(Id is { Length: <= IdLength } ? Id : "");
        Row = await db.Invoices.AsNoTracking().Include(i => i.Attempts).FirstOrDefaultAsync(i => i.Id == id && i.ReaderId == Reader);
        var page = Page();
        if (Row is null)
        {
            page.StatusCode = StatusCodes.Status404NotFound;
            return page;
        }

        Invoice = Row.ToInvoice();
        ReaderName = await db.Readers.Where(r => r.Id == Reader).Select(r => r.Name).SingleAsync();
        if (Invoice.Attempts.FirstOrDefault(a => a.State == AttemptState.Succeeded) is { } paid)
        {
            var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == paid.PaymentMethodId);
            PaidBy = ReaderWords.ShortDay(paid.SettledAt ?? paid.StartedAt, hours) + (method is null ? "" : $", {ReaderWords.Method(method)}");
        }

        return page;
    }
}
