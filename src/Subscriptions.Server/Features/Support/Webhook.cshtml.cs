using Microsoft.AspNetCore.Mvc;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Webhooks;

namespace Subscriptions.Server.Features.Support;

/// <summary>One webhook, and the button that has it looked at again.</summary>
public sealed class WebhookModel(WebhookInbox inbox, PublisherHours hours) : SupportPage
{
    /// <summary>The webhook.</summary>
    public WebhookEventRow Row { get; private set; } = null!;

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync(string id)
    {
        if (id.Length > WebhookSearch.MaxLength || await inbox.OneAsync(id) is not { } found)
        {
            return NotFound();
        }

        Row = found;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        if (id.Length > WebhookSearch.MaxLength || !await inbox.ReplayAsync(id, Actor))
        {
            return NotFound();
        }

        Say("It is being processed again. What was done already is not done twice.");
        return RedirectToPage(new { id });
    }
}
