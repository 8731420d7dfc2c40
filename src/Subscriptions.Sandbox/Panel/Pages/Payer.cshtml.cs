using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>One customer, and what can happen to her elsewhere.</summary>
public sealed class PayerModel(StripePayers payers, StripeLedger ledger, StripeDisputes disputes) : PageModel
{
    /// <summary>The customer.</summary>
    public Payer Payer { get; private set; } = null!;

    /// <summary>What was done just now.</summary>
    [TempData]
    public string? Done { get; set; }

    /// <summary>Why nothing was done.</summary>
    public string? Message { get; private set; }

    /// <summary>Shows her.</summary>
    public IActionResult OnGet(string id) => Load(id) ? Page() : NotFound();

    /// <summary>The bank issues a new card.</summary>
    public Task<IActionResult> OnPostRenewAsync(string id, string? method, string? card) =>
        DoAsync(id, () => ledger.RenewCardAsync(method ?? "", string.IsNullOrEmpty(card) ? null : card), "The card was renewed; Stripe tells of it by payment_method.automatically_updated.");

    /// <summary>The bank answers otherwise from now on.</summary>
    public Task<IActionResult> OnPostAnswerAsync(string id, string? method, string? answer) =>
        DoAsync(id, () => payers.SetAnswerAsync(method ?? "", string.IsNullOrEmpty(answer) ? null : answer), "From now on the bank answers so.");

    /// <summary>The mandate ends.</summary>
    public Task<IActionResult> OnPostMandateAsync(string id, string? method, bool deceased) =>
        DoAsync(id, () => payers.EndMandateAsync(method ?? "", deceased), "The mandate has ended; Stripe tells of it by mandate.updated.");

    /// <summary>Another default.</summary>
    public Task<IActionResult> OnPostDefaultAsync(string id, string? method) =>
        DoAsync(id, () => payers.MakeDefaultAsync(id, method ?? ""), "The default was changed; Stripe tells of it by customer.updated.");

    /// <summary>A method is taken away.</summary>
    public Task<IActionResult> OnPostDetachAsync(string id, string? method) =>
        DoAsync(id, () => payers.DetachAsync(method ?? ""), "The method was detached; Stripe tells of it by payment_method.detached.");

    /// <summary>The customer is deleted.</summary>
    public Task<IActionResult> OnPostDeleteAsync(string id) =>
        DoAsync(id, () => payers.DeleteAsync(id), "The customer was deleted; Stripe tells of it by customer.deleted.");

    /// <summary>A refund arrives.</summary>
    public Task<IActionResult> OnPostArriveAsync(string id, string? refund) =>
        DoAsync(id, () => payers.LetRefundArriveAsync(refund ?? ""), "The refund has arrived; Stripe tells of it by refund.updated.");

    /// <summary>A refund fails.</summary>
    public Task<IActionResult> OnPostFailAsync(string id, string? refund) =>
        DoAsync(id, () => payers.FailRefundAsync(refund ?? ""), "The refund has failed; Stripe tells of it by refund.failed.");

    /// <summary>The bank does something about a payment.</summary>
    public Task<IActionResult> OnPostMoveAsync(string id, string? payment, string? move) => DoAsync(id,
        async () => DisputesApi.MoveOf(move) is { } known ? (await disputes.MoveAsync(payment ?? "", known)).Refusal : "Choose what the bank does.",
        "Done; Stripe tells of it by webhook.");

    private async Task<IActionResult> DoAsync(string id, Func<Task<string?>> change, string done)
    {
        if (!Load(id)) return NotFound();
        if (!ModelState.IsValid || await change() is not { } refusal)
        {
            Done = ModelState.IsValid ? done : null;
            return RedirectToPage(new { id });
        }

        Message = refusal;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }

    private bool Load(string id) => (Payer = payers.Find(id)!) is not null;
}
