using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>What was asked of the simulated Stripe.</summary>
public sealed class JournalModel(StripeJournal journal) : PageModel
{
    private const int PageSize = 50;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A customer, a PaymentIntent, another id, or a key.</summary>
    [BindProperty(SupportsGet = true)]
    public string? About { get; set; }

    /// <summary>Only lines before this one.</summary>
    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    /// <summary>The page's lines.</summary>
    public IReadOnlyList<JournalEntry> Lines { get; private set; } = [];

    /// <summary>Where the next page begins; null when there is none.</summary>
    public long? Older { get; private set; }

    /// <summary>The class of a status.</summary>
    public static string Tone(JournalEntry line) => line.Status switch { null or >= 500 => "bad", >= 400 => "no", _ => "yes" };

    /// <summary>An answer to read; what was cut off is shown as it is.</summary>
    public static string Pretty(string? answer)
    {
        try
        {
            return answer is null ? "The connection was dropped." : JsonNode.Parse(answer)!.ToJsonString(Indented);
        }
        catch (JsonException)
        {
            return answer!;
        }
    }

    /// <summary>Shows a page.</summary>
    public async Task OnGetAsync()
    {
        var found = await journal.ListAsync(string.IsNullOrWhiteSpace(About) ? null : About.Trim(), Before, PageSize);
        Lines = [.. found.Take(PageSize)];
        Older = found.Count > PageSize ? Lines[^1].Id : null;
    }
}
