using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Inbox;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>The letters that were sent, newest first.</summary>
public sealed class InboxModel(MailStore store) : PageModel
{
    private const int PageSize = 50;

    /// <summary>Only for this recipient.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    /// <summary>Which page, from 1.</summary>
    [BindProperty(SupportsGet = true)]
    public int Number { get; set; } = 1;

    /// <summary>The page's letters.</summary>
    public IReadOnlyList<StoredMail> Mails { get; private set; } = [];

    /// <summary>How many there are in all.</summary>
    public int Total { get; private set; }

    /// <summary>Whether another page follows.</summary>
    public bool HasOlder => Number * PageSize < Total;

    /// <summary>Shows a page of the list.</summary>
    public void OnGet()
    {
        Total = store.Count(To);
        Number = Math.Clamp(Number, 1, Math.Max(1, (Total + PageSize - 1) / PageSize));
        Mails = [.. store.List(To).Skip((Number - 1) * PageSize).Take(PageSize)];
    }
}
