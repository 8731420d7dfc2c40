using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.Support;

/// <summary>A reader's credit: what stands there, what moved it, and giving some.</summary>
public sealed class CreditModel(CreditAccounts accounts, FindReaders readers, PublisherHours hours) : SupportPage
{
    /// <summary>The reader's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>An amount as people write it.</summary>
    [BindProperty]
    public string? Amount { get; set; }

    /// <summary>In which currency.</summary>
    [BindProperty]
    public string? Currency { get; set; }

    /// <summary>Why.</summary>
    [BindProperty]
    public AdjustmentReason? Reason { get; set; }

    /// <summary>Made anew with each page, so that a form sent twice is carried out once.</summary>
    [BindProperty]
    public string? Form { get; set; }

    /// <summary>Her name; null when there is no such reader.</summary>
    public string? Name { get; private set; }

    /// <summary>What stands on her accounts.</summary>
    public IReadOnlyList<Money> Balances { get; private set; } = [];

    /// <summary>What moved them, newest first.</summary>
    public IReadOnlyList<CreditEntryRow> Entries { get; private set; } = [];

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        if (!ApiIds.IsPossible(Id) || await readers.OneAsync(ReaderId.From(Id)) is not { } found)
        {
            return new PageResult { StatusCode = StatusCodes.Status404NotFound };
        }

        (Name, Form) = (found.Row.Name, InvoiceModel.NewForm());
        (Balances, Entries) = await accounts.ReadAsync(ReaderId.From(Id));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var refusal = (ApiIds.IsPossible(Id), Currency, Reason, InvoiceModel.IsForm(Form)) switch
        {
            (false, _, _, _) => CreditAccounts.NotFound,
            (_, _, _, false) => new Refusal("form-stale", "This page was too old. Please try again."),
            (_, { } currency, { } reason, _) when AdjustmentWords.Choices.Contains(reason) && Money.KnownCurrencies.ContainsKey(currency) =>
                InvoiceModel.Read(Amount, currency) is { } amount
                    ? await accounts.GrantAsync(ReaderId.From(Id), amount, reason, Form!, Actor)
                    : new Refusal("amount-unreadable", "Write the amount with a point, such as 4.99."),
            _ => new Refusal("reason-missing", "Choose a currency and a reason."),
        };
        Say(refusal is null ? "The credit was given; the next invoice uses it first." : $"Nothing was changed. {refusal.Reason}", wentWell: refusal is null);
        return RedirectToPage(new { id = Id });
    }
}
