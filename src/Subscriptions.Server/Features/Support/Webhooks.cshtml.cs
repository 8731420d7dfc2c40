using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Webhooks;

namespace Subscriptions.Server.Features.Support;

/// <summary>The inbox of webhooks.</summary>
public sealed class WebhooksModel(
    WebhookInbox inbox, ResyncWebhooks resync, IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours, ILogger<WebhooksModel> log) : SupportPage
{
    /// <summary>What is looked for.</summary>
    public WebhookSearch Search { get; private set; } = new(null, null, null, null);

    /// <summary>What was found, newest first.</summary>
    public Paged<WebhookEventRow> Found { get; private set; } = new([], null);

    /// <summary>How far the gateway's list was compared; null before the first time.</summary>
    public WebhookResyncRow? Resync { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        Resync = await db.WebhookResyncs.AsNoTracking().FirstOrDefaultAsync(r => r.Id == WebhookResyncRow.OnlyId);
        var (search, wrong) = WebhookEventRoutes.Read(Request.Query);
        if (wrong is var (field, message))
        {
            ModelState.AddModelError(field, message);
            return new PageResult { StatusCode = StatusCodes.Status422UnprocessableEntity };
        }

        Search = search;
        Found = await inbox.FindAsync(search, PageQuery.Read(Request.Query).Page);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await resync.WantAsync();
        log.LogInformation("{Actor} asked for a comparison with the gateway's list of events", Actor);
        Say("The gateway's list is being compared; what was missed appears here.");
        return RedirectToPage();
    }

    /// <summary>Where the results go on.</summary>
    public string AddressOf(Page next) =>
        $"/support/webhooks?query={Uri.EscapeDataString(Search.Text ?? "")}&type={Uri.EscapeDataString(Search.Type ?? "")}&state={Search.State}&day={Search.Day:yyyy-MM-dd}&cursor={PageQuery.Write(next)}";
}
