using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>The report that finance reads, and the differences that staff decide on.</summary>
public sealed class IndexModel(
    FinanceReportQuery reports, FindingDesk desk, Reconcile reconcile, CollectingGate gate, PublisherHours hours, BillingClock clock,
    IAuthorizationService authorization) : SupportPage
{
    /// <summary>Letters of a reason.</summary>
    public const int MostReason = 400;

    private const int MostShown = 100;

    /// <summary>First day.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>Last day.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    /// <summary>The difference that an action is about.</summary>
    [BindProperty]
    public string? Finding { get; set; }

    /// <summary>Why collecting is switched on by hand.</summary>
    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>The report.</summary>
    public FinanceReport Report { get; private set; } = null!;

    /// <summary>The newest differences.</summary>
    public IReadOnlyList<FindingRow> Findings { get; private set; } = [];

    /// <summary>Whether collecting is off, and why.</summary>
    public CollectingGateRow? Gate { get; private set; }

    /// <summary>Whether this member of staff may decide.</summary>
    public bool MayDecide { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task<IActionResult> OnGetAsync()
    {
        var period = PeriodQuery.Read(From, To, hours, clock);
        if (period is null)
        {
            ModelState.AddModelError(nameof(From), PeriodQuery.Hint);
            period = PeriodQuery.Read(null, null, hours, clock)!;
        }

        Report = await reports.RunAsync(period.From, period.To);
        Findings = await desk.ListAsync(MostShown);
        Gate = await gate.StateAsync();
        MayDecide = (await authorization.AuthorizeAsync(User, Policies.Admin)).Succeeded;
        return new PageResult { StatusCode = ModelState.IsValid ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    public async Task<IActionResult> OnPostRunAsync()
    {
        switch (await reconcile.NowAsync(null, null, Actor))
        {
            case null:
                Say("A comparison is under way already. Please look again in a minute.", wentWell: false);
                break;
            case { Failure: { } failure }:
                Say($"The comparison broke off: {failure}", wentWell: false);
                break;
            case var run:
                Say($"{run.Transactions} bookings were compared: {(run.OpenFindings == 0 ? "no difference waits" : $"{run.OpenFindings} differences wait")} for a decision, {run.Repaired} were mended.");
                break;
        }

        return RedirectToPage();
    }

    public Task<IActionResult> OnPostRepairAsync() => DecideAsync(id => desk.RepairAsync(id, Actor), "The repair was applied.");

    public Task<IActionResult> OnPostAcceptAsync() => DecideAsync(id => desk.AcceptAsync(id, Actor), "The difference was accepted as it is.");

    public async Task<IActionResult> OnPostOpenAsync()
    {
        if (!(await authorization.AuthorizeAsync(User, Policies.Admin)).Succeeded)
        {
            Say("Only staff in the role Admin switch collecting on. Nothing was changed.", wentWell: false);
        }
        else if (Reason?.Trim() is not { Length: > 0 and <= MostReason } reason)
        {
            Say($"Say why, in {MostReason} characters at most. Nothing was changed.", wentWell: false);
        }
        else
        {
            var opened = await gate.OpenByHandAsync(reason.EndsWith('.') ? reason : reason + ".", Actor);
            Say(opened ? "Collecting is on. Please compare as soon as the payment provider can be read." : "Collecting was on already.", wentWell: opened);
        }

        return RedirectToPage();
    }

    private async Task<IActionResult> DecideAsync(Func<string, Task<Refusal?>> decide, string done)
    {
        if (!(await authorization.AuthorizeAsync(User, Policies.Admin)).Succeeded)
        {
            Say("Only staff in the role Admin decide on differences. Nothing was changed.", wentWell: false);
        }
        else if (Finding is { Length: > 0 and <= 160 } id)
        {
            var refusal = await decide(id);
            Say(refusal?.Reason ?? done, wentWell: refusal is null);
        }

        return RedirectToPage();
    }
}
