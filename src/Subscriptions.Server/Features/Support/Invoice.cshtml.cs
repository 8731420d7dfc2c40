using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.Support;

/// <summary>One invoice for staff: what was paid, went back or was credited, and what may be done about it.</summary>
public sealed class InvoiceModel(SubscriptionRecords records, AdjustInvoice adjust, PublisherHours hours) : SupportPage
{
    /// <summary>The invoice's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>An amount as people write it, such as <c>4.99</c>.</summary>
    [BindProperty]
    public string? Amount { get; set; }

    /// <summary>Why.</summary>
    [BindProperty]
    public AdjustmentReason? Reason { get; set; }

    /// <summary>What a credit note does.</summary>
    [BindProperty]
    public CreditDestination? Destination { get; set; }

    /// <summary>Made anew with each page, so that a form sent twice is carried out once.</summary>
    [BindProperty]
    public string? Form { get; set; }

    /// <summary>The amount of a form that was refused; null for none. It stands in the form again, so that nobody sends the whole by mistake.</summary>
    public string? Refused { get; private set; }

    /// <summary>The row; null when there is no such invoice.</summary>
    public InvoiceRow? Row { get; private set; }

    /// <summary>The same as the rules know it.</summary>
    public Invoice Invoice { get; private set; } = null!;

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        Row = ApiIds.IsPossible(Id) ? await records.InvoiceAsync(InvoiceId.From(Id)) : null;
        if (Row is null)
        {
            return new PageResult { StatusCode = StatusCodes.Status404NotFound };
        }

        Invoice = Row.ToInvoice();
        Form = NewForm();
        Refused = TempData[nameof(Refused)] as string;
        return Page();
    }

    public Task<IActionResult> OnPostRefundAsync() => ActAsync(
        async (id, amount, reason) => await adjust.RefundAsync(id, new(amount, reason, Actor, Form)), "The refund was asked for; below is how it stands.");

    public Task<IActionResult> OnPostCreditAsync() => ActAsync(
        async (id, amount, reason) => Destination is { } destination
            ? await adjust.CreditAsync(id, new(amount, reason, destination, Actor, Form))
            : new Refusal("destination-missing", "Choose what the credit note does."),
        "The credit note was issued.");

    public Task<IActionResult> OnPostVoidAsync() => CloseAsync(writeOff: false, "The invoice was voided. The subscription goes on.");

    public Task<IActionResult> OnPostWriteOffAsync() => CloseAsync(writeOff: true, "The invoice was written off. The subscription goes on.");

    /// <summary>An amount as people write it, in minor units of a currency; null when it is none.</summary>
    public static Money? Read(string? text, string currency)
    {
        var digits = Money.KnownCurrencies.GetValueOrDefault(currency, 2);
        return decimal.TryParse(text?.Trim().TrimStart('£', '€', '$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value is > 0 and < 1_000_000 && decimal.Round(value, digits) == value
                ? new Money((long)(value * (decimal)Math.Pow(10, digits)), currency)
                : null;
    }

    internal static string NewForm() => $"form:{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    internal static bool IsForm(string? form) => form is { Length: > 5 and <= 60 } && form.StartsWith("form:", StringComparison.Ordinal) && form[5..].All(char.IsAsciiHexDigitLower);

    private Task<IActionResult> CloseAsync(bool writeOff, string done) => SayAsync(
        async (id, reason) => await adjust.CloseAsync(id, writeOff, reason, Actor), done);

    private Task<IActionResult> ActAsync(Func<InvoiceId, Money, AdjustmentReason, Task<Refusal?>> act, string done) => SayAsync(
        async (id, reason) => (await records.InvoiceAsync(id), IsForm(Form)) switch
        {
            (null, _) => AdjustInvoice.NotFound,
            (_, false) => new Refusal("form-stale", "This page was too old. Please try again."),
            ({ } row, _) => Read(Amount, row.Currency) is { } amount
                ? await act(id, amount, reason)
                : new Refusal("amount-unreadable", "Write the amount with a point, such as 4.99."),
        },
        done);

    private async Task<IActionResult> SayAsync(Func<InvoiceId, AdjustmentReason, Task<Refusal?>> act, string done)
    {
        var refusal = !ApiIds.IsPossible(Id) ? AdjustInvoice.NotFound
            : Reason is { } reason && AdjustmentWords.Choices.Contains(reason) ? await act(InvoiceId.From(Id), reason)
            : new Refusal("reason-missing", "Choose a reason.");
        if (refusal is not null)
        {
            TempData[nameof(Refused)] = Amount ?? "";
        }

        Say(refusal is null ? done : $"Nothing was changed. {refusal.Reason}", wentWell: refusal is null);
        return RedirectToPage(new { id = Id });
    }
}
