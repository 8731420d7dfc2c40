using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Support;

/// <summary>One box to find a reader with.</summary>
public sealed class IndexModel(FindReaders readers, SiteLinks sites, PreviewLinks previews) : SupportPage
{
    /// <summary>What is looked for.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Query { get; set; }

    /// <summary>Who was found; null before anything was looked for.</summary>
    public Paged<FoundReader>? Found { get; private set; }

    /// <summary>The websites that can be previewed.</summary>
    public IReadOnlyList<SiteSettings> Sites => sites.All;

    /// <summary>Leads to a website, where the member of staff sees every page.</summary>
    public async Task<IActionResult> OnPostPreviewAsync(string? site) =>
        sites.Find(site) is { } wanted && User.AccountId() is { } staff ? Redirect(await previews.NewAsync(wanted, staff, "/")) : RedirectToPage();

    public async Task<IActionResult> OnGetAsync()
    {
        if (string.IsNullOrWhiteSpace(Query))
        {
            return Page();
        }

        if (!FindReaders.CanLookFor(Query))
        {
            ModelState.AddModelError(nameof(Query), $"Write at most {FindReaders.MaxLength} characters, in one line.");
            return new PageResult { StatusCode = StatusCodes.Status422UnprocessableEntity };
        }

        Found = await readers.RunAsync(Query, PageQuery.Read(Request.Query).Page);
        return Page();
    }

    /// <summary>Where the results go on.</summary>
    public string AddressOf(Page next) => $"/support?query={Uri.EscapeDataString(Query ?? "")}&cursor={PageQuery.Write(next)}";
}
