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

    /// <summary>Seconds for which a connection is held.</summary>
    [BindProperty]
    public double? HoldSeconds { get; set; }

    /// <summary>Minutes of billing time by which an event is late.</summary>
    [BindProperty]
    public int? DelayMinutes { get; set; }

    /// <summary>The code of a decline.</summary>
    [BindProperty]
    public string? Code { get; set; }

    /// <summary>How many of a hundred charges are declined.</summary>
    [BindProperty]
    public int? SharePercent { get; set; }

    /// <summary>Hours of billing time after which it ends by itself.</summary>
    [BindProperty]
    public int? ForHours { get; set; }

    /// <summary>A target in words.</summary>
    public static string Words(string target) => target switch
    {
        "gateway" => "Calls to Stripe",
        "webhooks" => "Webhooks",
        "bank" => "Banks and balance",
        "mail" => "Mail",
        _ => target,
    };

    /// <summary>Where and how a fault that is set strikes, in words.</summary>
    public static string Scope(ActiveFault fault)
    {
        string?[] parts =
        [
            fault.SharePercent is { } share ? $"{share} of 100" : null, fault.Code, fault.Operation, fault.Match,
            fault.Until is { } until ? $"until {Utc.Text(until)}" : null,
        ];
        var scope = string.Join(", ", parts.Where(part => part is not null));
        return scope.Length == 0 ? "everything" : scope;
    }

    /// <summary>Shows the list.</summary>
    public async Task OnGetAsync() => Faults = await board.ListAsync();

    /// <summary>Sets a fault.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!ModelState.IsValid) return await RefuseAsync("Write whole numbers only.");
        var parts = (Fault ?? "").Split('/');
        var (fault, errors) = await board.SetAsync(new FaultRequest(parts[0], parts[^1], Operation, Match, Count,
            HoldSeconds, DelayMinutes, string.IsNullOrEmpty(Code) ? null : Code, SharePercent, ForHours));
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
