using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Support;

/// <summary>"Why can she not read this?": a reader, an article, a moment.</summary>
public sealed class WhyModel(ExplainAccess explain, FindReaders readers, SiteLinks sites, PublisherHours hours, BillingClock clock) : SupportPage
{
    /// <summary>The reader's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "";

    /// <summary>The article's address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Article { get; set; }

    /// <summary>What it asks; empty for what the site's rules say.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Asks { get; set; }

    /// <summary>A moment on the publisher's clock, as browsers write it; empty for now.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Moment { get; set; }

    /// <summary>The visitor's network address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>Her name; null when there is no such reader.</summary>
    public string? Name { get; private set; }

    /// <summary>The answer; null before anything was asked.</summary>
    public AccessExplanation? Found { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        if (!ApiIds.IsPossible(Id) || await readers.OneAsync(ReaderId.From(Id)) is not { } found)
        {
            return new PageResult { StatusCode = StatusCodes.Status404NotFound };
        }

        Name = found.Row.Name;
        if (Request.Query.Count == 0)
        {
            return Page();
        }

        if (!TryReadMoment(out var at))
        {
            return Wrong(nameof(Moment), "Choose a past date and time, or leave it empty for now.");
        }

        var (asked, wrong) = DecisionRoutes.Read(Id, Article?.Trim(), Asks?.Trim(), at, From?.Trim(), sites, clock);
        if (wrong is var (field, message))
        {
            return Wrong(field switch { "url" => nameof(Article), "requirement" => nameof(Asks), "at" => nameof(Moment), _ => nameof(From) }, message);
        }

        Found = await explain.RunAsync(asked!);
        return Page();
    }

    private PageResult Wrong(string field, string message)
    {
        ModelState.AddModelError(field, message);
        return new PageResult { StatusCode = StatusCodes.Status422UnprocessableEntity };
    }

    private bool TryReadMoment(out string? utc)
    {
        utc = null;
        if (string.IsNullOrWhiteSpace(Moment))
        {
            return true;
        }

        if (!DateTime.TryParse(Moment, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < 2000 or > 2199)
        {
            return false;
        }

        var at = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), hours.Zone.GetUtcOffset(local));
        utc = at.ToString("O", CultureInfo.InvariantCulture);
        return at <= clock.Now;
    }
}
