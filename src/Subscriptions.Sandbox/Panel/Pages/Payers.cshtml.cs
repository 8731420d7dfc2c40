using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>The simulated Stripe's customers.</summary>
public sealed class PayersModel(StripePayers payers) : PageModel
{
    private const int PageSize = 50;
    private const int MostPages = 100_000;

    /// <summary>A part of a name or address, or an id.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>Which page, from 1.</summary>
    [BindProperty(SupportsGet = true)]
    public int Number { get; set; } = 1;

    /// <summary>The page's customers.</summary>
    public IReadOnlyList<PayerSummary> Payers { get; private set; } = [];

    /// <summary>Whether another page follows.</summary>
    public bool HasOlder { get; private set; }

    /// <summary>Shows a page of the list.</summary>
    public void OnGet()
    {
        Number = Math.Clamp(Number, 1, MostPages);
        var found = payers.List(string.IsNullOrWhiteSpace(Search) ? null : Search.Trim(), (Number - 1) * PageSize, PageSize);
        (Payers, HasOlder) = ([.. found.Take(PageSize)], found.Count > PageSize);
    }
}
