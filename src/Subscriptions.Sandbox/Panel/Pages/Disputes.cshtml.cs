using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>Lets anybody dispute a reader's payment and decide the dispute.</summary>
public sealed class DisputesModel(StripeDisputes disputes) : PageModel
{
    /// <summary>Every move, in words.</summary>
    public static IReadOnlyList<(BankMove Move, string Words)> Moves { get; } =
    [
        (BankMove.Dispute, "Take the payment back (dispute)"),
        (BankMove.Inquire, "Only ask about it (inquiry)"),
        (BankMove.Win, "Decide the dispute for the publisher"),
        (BankMove.Lose, "Decide the dispute against the publisher"),
        (BankMove.WarnOfFraud, "Warn of fraud"),
    ];

    /// <summary>Whose payment, or which.</summary>
    [BindProperty]
    public string? Payment { get; set; }

    /// <summary>The move's name.</summary>
    [BindProperty]
    public string? Move { get; set; }

    /// <summary>What was done just now.</summary>
    [TempData]
    public string? Done { get; set; }

    /// <summary>Why nothing was done.</summary>
    public string? Message { get; private set; }

    /// <summary>Makes a move.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (Payment is not { Length: > 0 and <= DisputesApi.MaxLength } payment || DisputesApi.MoveOf(Move) is not { } move)
        {
            return Refuse("Name a payment and what the bank does.");
        }

        var moved = await disputes.MoveAsync(payment, move);
        if (moved.Refusal is { } refusal)
        {
            return Refuse(refusal);
        }

        Done = $"Done: {moved.Id} ({moved.Status}).";
        return RedirectToPage();
    }

    private PageResult Refuse(string message)
    {
        Message = message;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
