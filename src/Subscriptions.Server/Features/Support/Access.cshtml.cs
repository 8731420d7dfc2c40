using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Support;

/// <summary>Access that a reader was given beside any subscription: what stands there, giving some, and withdrawing it.</summary>
public sealed class AccessModel(GiveAccess access, FindReaders readers, NewGrantRequest.Rules rules, PublisherHours hours, BillingClock clock) : SupportPage
{
    /// <summary>The reader's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>Which kind, by its name.</summary>
    [BindProperty]
    public string? Kind { get; set; }

    /// <summary>The last day on which it counts, as browsers write dates.</summary>
    [BindProperty]
    public string? LastDay { get; set; }

    /// <summary>Names with commas between them.</summary>
    [BindProperty]
    public string? Entitlements { get; set; }

    /// <summary>Where it was sold.</summary>
    [BindProperty]
    public string? Source { get; set; }

    /// <summary>Whom the reader asks.</summary>
    [BindProperty]
    public string? Contact { get; set; }

    /// <summary>The author's words.</summary>
    [BindProperty]
    public string? Note { get; set; }

    /// <summary>Made anew with each page, so that a form sent twice gives once.</summary>
    [BindProperty]
    public string? Form { get; set; }

    /// <summary>The record that is to be withdrawn.</summary>
    [BindProperty]
    public string? Grant { get; set; }

    /// <summary>Her name; null when there is no such reader.</summary>
    public string? Name { get; private set; }

    /// <summary>What she was given, newest first.</summary>
    public IReadOnlyList<GrantRow> Given { get; private set; } = [];

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    /// <summary>Billing time.</summary>
    public DateTimeOffset Now => clock.Now;

    /// <summary>What a record opens.</summary>
    public IReadOnlyList<string> Opens(GrantRow row) => [AccessRules.Subscriber, .. row.ToGiven().Entitlements];

    public async Task<IActionResult> OnGetAsync()
    {
        if (!ApiIds.IsPossible(Id) || await readers.OneAsync(ReaderId.From(Id)) is not { } found)
        {
            return new PageResult { StatusCode = StatusCodes.Status404NotFound };
        }

        (Name, Form) = (found.Row.Name, InvoiceModel.NewForm());
        Given = await access.ListAsync(ReaderId.From(Id));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var refusal = await GiveAsync();
        Say(refusal is null ? "The access was given; websites know of it within two seconds." : $"Nothing was given. {refusal}", wentWell: refusal is null);
        return RedirectToPage(new { id = Id });
    }

    public async Task<IActionResult> OnPostWithdrawAsync()
    {
        var withdrawn = ApiIds.IsPossible(Grant) && await access.WithdrawAsync(Grant, Actor) is not null;
        Say(withdrawn ? "The access was withdrawn; websites know of it within two seconds." : "Nothing was withdrawn: there is no such record.", withdrawn);
        return RedirectToPage(new { id = Id });
    }

    // The same rules as for the API, told in one sentence.
    private async Task<string?> GiveAsync()
    {
        if (!ApiIds.IsPossible(Id) || !InvoiceModel.IsForm(Form))
        {
            return "This page was too old. Please try again.";
        }

        DateOnly? last = null;
        if (!string.IsNullOrWhiteSpace(LastDay))
        {
            if (!DateOnly.TryParseExact(LastDay, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day.Year is < 2000 or > 2199)
            {
                return "Choose the last day in the calendar.";
            }

            last = day;
        }

        var wish = new NewGrantRequest(
            Kind, (Entitlements ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), null,
            last is { } until ? hours.StartOf(until.AddDays(1)) : null, Written(Source), Written(Contact), Written(Note));
        return rules.Validate(wish) is { IsValid: false } wrong ? wrong.Errors[0].ErrorMessage
            : await access.GiveAsync(ReaderId.From(Id), wish.ToOrder(), Form!, Actor) is GivenResult.Refused refused ? refused.Refusal.Reason
            : null;
    }

    private static string? Written(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
