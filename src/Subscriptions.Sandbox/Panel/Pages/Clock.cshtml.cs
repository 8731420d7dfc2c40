using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Clock;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>Shows billing time and moves it.</summary>
public sealed class ClockModel(SandboxClock clock, ClockAdvance advance) : PageModel
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(366);

    /// <summary>Billing time.</summary>
    public DateTimeOffset Now => clock.Now;

    /// <summary>The next moment at which something is due.</summary>
    public DateTimeOffset? Next { get; private set; }

    /// <summary>Why the last wish was refused.</summary>
    public string? Message { get; private set; }

    /// <summary>What the last move did.</summary>
    [TempData]
    public string? Done { get; set; }

    /// <summary>Shows the clock.</summary>
    public async Task OnGetAsync() => Next = await advance.NextDueAsync(Ahead);

    /// <summary>Moves by days.</summary>
    public Task<IActionResult> OnPostDaysAsync(int? days) => MoveAsync(new AdvanceRequest(Days: days));

    /// <summary>Moves by hours.</summary>
    public Task<IActionResult> OnPostHoursAsync(int? hours) => MoveAsync(new AdvanceRequest(Hours: hours));

    /// <summary>Moves to an instant given in UTC.</summary>
    public Task<IActionResult> OnPostToAsync(string? to) => MoveAsync(new AdvanceRequest(
        To: DateTimeOffset.TryParse(to, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null));

    /// <summary>Moves to the next due moment.</summary>
    public async Task<IActionResult> OnPostNextAsync()
    {
        if (await advance.NextDueAsync(Ahead) is not { } next) return await RefuseAsync(409, "Nothing is due within a year.");
        return next <= Now ? await RefuseAsync(409, "What is due now is being done.") : await MoveAsync(new AdvanceRequest(To: next));
    }

    private async Task<IActionResult> MoveAsync(AdvanceRequest request)
    {
        var (wish, errors) = AdvanceWish.Read(ModelState.IsValid ? request : null, Now);
        if (wish is null) return await RefuseAsync(400, errors.Values.First()[0]);
        switch (await advance.RunAsync(wish, HttpContext.RequestAborted))
        {
            case AdvanceOutcome.Arrived arrived:
                Done = arrived.Summary;
                return RedirectToPage();
            case AdvanceOutcome.AlreadyMoving:
                return await RefuseAsync(409, "The clock is being moved already. Try again in a moment.");
            case AdvanceOutcome.NotKeeper:
                return await RefuseAsync(409, "Another process keeps this folder's clock. Ask its panel.");
            case AdvanceOutcome.Stuck stuck:
                return await RefuseAsync(503, $"The clock stopped at {Utc.Text(stuck.Now)}: {stuck.Culprit}.");
            default:
                return await RefuseAsync(400, "Must be ahead of the clock, which never goes back.");
        }
    }

    private async Task<IActionResult> RefuseAsync(int status, string message)
    {
        Message = message;
        Response.StatusCode = status;
        await OnGetAsync();
        return Page();
    }
}
