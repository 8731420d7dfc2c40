using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Inbox;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>One letter, as HTML and as text.</summary>
public sealed partial class LetterModel(MailStore store) : PageModel
{
    /// <summary>The letter.</summary>
    public StoredMail Mail { get; private set; } = null!;

    /// <summary>The HTML for a frame whose links open in the window itself.</summary>
    public string Framed => "<base target=\"_top\">" + Mail.Html;

    /// <summary>The text in pieces; addresses can be followed.</summary>
    public IEnumerable<(string Text, bool IsLink)> Linked
    {
        get
        {
            var at = 0;
            foreach (Match link in Links().Matches(Mail.Text))
            {
                yield return (Mail.Text[at..link.Index], false);
                yield return (link.Value, true);
                at = link.Index + link.Length;
            }

            yield return (Mail.Text[at..], false);
        }
    }

    /// <summary>Shows it.</summary>
    public IActionResult OnGet(string id)
    {
        if (store.Find(id) is not { } mail) return NotFound();
        Mail = mail;
        return Page();
    }

    [GeneratedRegex(@"https?://[^\s<>""]+[^\s<>"".,;:!?)]")]
    private static partial Regex Links();
}
