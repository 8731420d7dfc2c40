using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Inbox;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>One letter, as HTML and as text.</summary>
public sealed partial class LetterModel(MailStore store, MailReports reports) : PageModel
{
    /// <summary>What a mail provider can report, in words.</summary>
    public static IReadOnlyList<(string Value, string Words)> Reports { get; } =
    [
        ("bounced", "It bounced for good: no such mailbox"),
        ("delayed", "It bounced for now: the mailbox is full"),
        ("complained", "The reader marked it as spam"),
        ("delivered", "It was delivered"),
    ];

    /// <summary>What was chosen to be reported.</summary>
    [BindProperty]
    public string? Became { get; set; }

    /// <summary>What the service answered.</summary>
    [TempData]
    public string? Done { get; set; }

    /// <summary>Why the report was not taken.</summary>
    public string? Message { get; private set; }

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

    /// <summary>Reports what became of it.</summary>
    public async Task<IActionResult> OnPostAsync(string id)
    {
        if (store.Find(id) is not { } mail) return NotFound();
        Mail = mail;
        var (taken, words) = await reports.SendAsync(mail.MessageId, Reports.FirstOrDefault(report => report.Value == Became).Value ?? "", HttpContext.RequestAborted);
        if (taken)
        {
            Done = words;
            return RedirectToPage();
        }

        Message = words;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }

    [GeneratedRegex(@"https?://[^\s<>""]+[^\s<>"".,;:!?)]")]
    private static partial Regex Links();
}
