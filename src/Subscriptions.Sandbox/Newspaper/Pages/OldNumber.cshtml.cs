using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Paywall;

namespace Subscriptions.Sandbox.Newspaper.Pages;

/// <summary>A piece from an old number. It says nothing of access itself: a rule about its address does.</summary>
[RendersTeaser]
public sealed class OldNumberModel(ArticleLibrary library) : PageModel
{
    /// <summary>The piece.</summary>
    public Article Article { get; private set; } = null!;

    /// <summary>What this reader may see of it.</summary>
    public IEnumerable<Block> Visible => MayRead ? Article.Blocks : Article.Opening;

    /// <summary>Whether this reader may read the whole of it.</summary>
    public bool MayRead { get; private set; }

    /// <summary>Shows it.</summary>
    public IActionResult OnGet(string slug)
    {
        if (library.Find(slug) is not { IsArchived: true } found) return NotFound();
        Article = found;
        MayRead = HttpContext.GetPaywallDecision().Allowed;
        return Page();
    }
}
