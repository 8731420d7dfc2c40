using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Subscriptions.Sandbox.Newspaper.Pages;

/// <summary>Everything of one section.</summary>
public sealed class SectionModel(ArticleLibrary library) : PageModel
{
    /// <summary>The section as it is written.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Its articles.</summary>
    public IReadOnlyList<Article> Articles { get; private set; } = [];

    /// <summary>Shows the section.</summary>
    public IActionResult OnGet(string name)
    {
        if (library.Sections.FirstOrDefault(section => ArticleLibrary.SlugOf(section).Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } found) return NotFound();
        Name = found;
        Articles = [.. library.FrontPage.Where(article => article.Section == found)];
        return Page();
    }
}
