using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Sandbox.Faults;

namespace Subscriptions.Sandbox.Panel.Pages;

/// <summary>Lists, sets and clears faults.</summary>
public sealed class FaultsModel(FaultBoard board) : PageModel
{
    /// <summary>What is set.</summary>
    public IReadOnlyList<ActiveFault> Faults { get; private set; } = [];

    /// <summary>What can be set.</summary>
    public IReadOnlyList<FaultTargetInfo> Targets => board.Targets;

    /// <summary>Why the last wish was refused.</summary>
    public string? Message { get; private set; }

    /// <summary>Target and kind that were asked for, as <c>mail/Unreachable</c>.</summary>
    [BindProperty]
    public string? Fault { get; set; }

    /// <summary>How often.</summary>
    [BindProperty]
    public int? Count { get; set; }

    /// <summary>The operation that it was narrowed to.</summary>
    [BindProperty]
    public string? Operation { get; set; }

    /// <summary>The address or id that it was narrowed to.</summary>
    [BindProperty]
    public string? Match { get; set; }

    /// <summary>Shows the list.</summary>
    public async Task OnGetAsync() => Faults = await board.ListAsync();

    /// <summary>Sets a fault.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid) return await RefuseAsync("How often must be a whole number.");
        var parts = (Fault ?? "").Split('/');
        var (fault, errors) = await board.SetAsync(new FaultRequest(parts[0], parts[^1], Operation, Match, Count));
        return fault is null ? await RefuseAsync(errors.Values.First()[0]) : RedirectToPage();
    }

    /// <summary>Clears one fault, or all.</summary>
    public async Task<IActionResult> OnPostClearAsync(string? id)
    {
        await board.ClearAsync(string.IsNullOrEmpty(id) ? null : id);
        return RedirectToPage();
    }

    private async Task<IActionResult> RefuseAsync(string message)
    {
        Message = message;
        Response.StatusCode = StatusCodes.Status400BadRequest;
        await OnGetAsync();
        return Page();
    }
}
