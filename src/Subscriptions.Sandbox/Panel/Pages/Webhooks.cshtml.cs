using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Webhooks;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>Deliveries of events, the signing secret, and events that nobody should believe.</summary>
public sealed class WebhooksModel(StripeWebhooks webhooks, StripeLedger ledger) : PageModel
{
    private const int Newest = 60;
    private const int MostHours = 24;

    /// <summary>Everything that must not be believed, in words.</summary>
    public static IReadOnlyList<(FalseEvent Kind, string Words)> Falsehoods { get; } =
    [
        (FalseEvent.Forged, "Signed with somebody else’s secret"),
        (FalseEvent.Changed, "Changed after it was signed"),
        (FalseEvent.Stale, "Signed ten minutes ago"),
        (FalseEvent.Unsigned, "Not signed at all"),
        (FalseEvent.Huge, "Signed well, but larger than any event"),
    ];

    /// <summary>The secrets that sign now.</summary>
    public WebhookSecrets Secrets => webhooks.Secrets;

    /// <summary>The newest deliveries.</summary>
    public IReadOnlyList<WebhookDelivery> Deliveries { get; private set; } = [];

    /// <summary>The falsehood that was asked for.</summary>
    [BindProperty]
    public string? Kind { get; set; }

    /// <summary>What was done just now.</summary>
    [TempData]
    public string? Done { get; set; }

    /// <summary>Why nothing was done.</summary>
    public string? Message { get; private set; }

    /// <summary>How a delivery stands.</summary>
    public static string Words(WebhookDelivery delivery) => delivery switch
    {
        { State: "done" } => "taken",
        { State: "lost" } => "withheld by a fault",
        { State: "failed" } => $"given up after three days ({delivery.LastAnswer})",
        { State: "held" } => "held back until a later one was taken",
        { Attempts: 0 } => delivery.LastAnswer == "delayed" ? "delayed by a fault" : "on its way",
        _ => $"not taken ({delivery.LastAnswer}), tried again",
    };

    /// <summary>Shows the deliveries.</summary>
    public void OnGet() => Deliveries = ledger.Deliveries(Newest);

    /// <summary>Makes a new secret.</summary>
    public async Task<IActionResult> OnPostRollAsync(int? hours)
    {
        if (!ModelState.IsValid || hours is not (>= 0 and <= MostHours)) return Refuse($"Write 0 to {MostHours} hours.");
        await webhooks.RollSecretAsync(TimeSpan.FromHours(hours.Value));
        Done = "A new secret signs from now on.";
        return RedirectToPage();
    }

    /// <summary>Sends what must not be believed.</summary>
    public async Task<IActionResult> OnPostFalseAsync()
    {
        if (!Enum.TryParse<FalseEvent>(Kind, out var kind) || !Enum.IsDefined(kind)) return Refuse("Choose what is wrong with it.");
        var answer = await webhooks.SendFalseAsync(kind, HttpContext.RequestAborted);
        Done = answer.StartsWith('4') ? $"The service refused it: it answered {answer}." : $"The service did not refuse it: {answer}.";
        return RedirectToPage();
    }

    /// <summary>Delivers an event once more.</summary>
    public async Task<IActionResult> OnPostAgainAsync(long delivery)
    {
        if (!await webhooks.SendAgainAsync(delivery)) return Refuse("There is no such delivery any more.");
        Done = "The event is on its way again.";
        return RedirectToPage();
    }

    private PageResult Refuse(string message)
    {
        Message = message;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        OnGet();
        return Page();
    }
}
