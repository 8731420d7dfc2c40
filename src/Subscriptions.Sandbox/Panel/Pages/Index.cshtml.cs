using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>The guide.</summary>
public sealed class IndexModel(SandboxOptions options, SeededReaders readers, SandboxProcess process) : PageModel
{
    /// <summary>The newspaper's front page.</summary>
    public Uri Newspaper { get; } = options.Addresses.Newspaper;

    /// <summary>Where staff sign in.</summary>
    public Uri Support { get; } = new(options.Addresses.Service, "support");

    /// <summary>The reader whose next payment will be declined.</summary>
    public SeededReader? Declining { get; private set; }

    /// <summary>Somebody who may look readers up.</summary>
    public SeededStaff? Staff { get; private set; }

    /// <summary>Why the last wish was refused.</summary>
    public string? Message { get; private set; }

    /// <summary>Shows the guide.</summary>
    public async Task OnGetAsync()
    {
        var book = await readers.NowAsync();
        Declining = book.Readers
            .Where(reader => reader is { State: "Active", Card: "pm_card_chargeCustomerFail" })
            .MinBy(reader => reader.RenewsAt ?? DateTimeOffset.MaxValue);
        Staff = book.Staff.Count > 0 ? book.Staff[0] : null;
    }

    /// <summary>Begins anew.</summary>
    public async Task<IActionResult> OnPostResetAsync()
    {
        var outcome = await process.ResetAsync();
        if (outcome == ResetOutcome.Done) return RedirectToPage("/Readers");
        Message = outcome == ResetOutcome.Busy
            ? "The clock is being moved, or a reset is under way. Try again in a moment."
            : "The service runs in another process. Stop it and remove the folder instead.";
        Response.StatusCode = StatusCodes.Status409Conflict;
        await OnGetAsync();
        return Page();
    }
}
