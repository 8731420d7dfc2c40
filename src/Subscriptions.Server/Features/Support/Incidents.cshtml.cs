using Microsoft.AspNetCore.Mvc;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Incidents;
using Subscriptions.Server.Features.Incidents;

namespace Subscriptions.Server.Features.Support;

/// <summary>Whether our own incidents hold all payment problems, since when, and what that costs.</summary>
public sealed class IncidentsModel(
    IncidentReport report, IncidentSignalsQuery signals, Freezes freezes, IncidentThresholds limits, PublisherHours hours) : SupportPage
{
    private const int MostShown = 50;
    private const int MostReason = 400;

    /// <summary>What happened, in the words of staff.</summary>
    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>The freeze that is to end.</summary>
    [BindProperty]
    public string? Freeze { get; set; }

    /// <summary>The newest freezes.</summary>
    public IReadOnlyList<FreezeRow> Newest { get; private set; } = [];

    /// <summary>Payment problems that are open.</summary>
    public int Cases { get; private set; }

    /// <summary>What is read unpaid in a day.</summary>
    public IReadOnlyList<Money> PerDay { get; private set; } = [];

    /// <summary>What the rows say now.</summary>
    public IncidentSignals Signals { get; private set; } = null!;

    /// <summary>The settings.</summary>
    public IncidentThresholds Limits => limits;

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task OnGetAsync()
    {
        Newest = await report.NewestAsync(MostShown);
        (Cases, PerDay) = await report.CostAsync();
        Signals = await signals.RunAsync();
    }

    public async Task<IActionResult> OnPostFreezeAsync()
    {
        if (Reason?.Trim() is not { Length: > 0 and <= MostReason } reason)
        {
            Say($"Say what happened, in {MostReason} characters at most. Nothing was frozen.", wentWell: false);
            return RedirectToPage();
        }

        var opened = await freezes.OpenAsync(IncidentKind.ByHand, reason.EndsWith('.') ? reason : reason + ".", Actor);
        Say(opened ? "Payment problems are frozen from now on." : "They are frozen by hand already.", wentWell: opened);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostEndAsync()
    {
        var ended = Freeze is { Length: <= 100 } id && await freezes.CloseAsync(id, FreezeEnd.ByHand, Actor);
        Say(ended ? "The freeze is over; payment problems go on tomorrow, with later dates." : "That freeze had ended already.", wentWell: ended);
        return RedirectToPage();
    }

    /// <summary>An incident in words.</summary>
    public string Kind(IncidentKind kind) => kind switch
    {
        IncidentKind.DeclineSurge => "Declines surge",
        IncidentKind.GatewayDown => "The gateway does not answer",
        IncidentKind.MailServerDown => "The mail server takes nothing",
        IncidentKind.WebhookLag => "Webhooks wait",
        IncidentKind.ByHand => "Frozen by staff",
    };

    /// <summary>What ended a freeze, in words.</summary>
    public string End(FreezeEnd? end) => end switch
    {
        FreezeEnd.ByRule => "by rule",
        FreezeEnd.ByHand => "by staff",
        FreezeEnd.AtMaximum => "at its maximum",
        _ => "for a reason that was not kept",
    };
}
