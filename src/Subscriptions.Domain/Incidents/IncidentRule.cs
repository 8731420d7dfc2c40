namespace Subscriptions.Domain.Incidents;

/// <summary>What went wrong that is ours, not the readers'.</summary>
public enum IncidentKind
{
    /// <summary>Far more renewals are declined than on days like this one.</summary>
    DeclineSurge,

    /// <summary>The gateway does not answer.</summary>
    GatewayDown,

    /// <summary>The mail server takes nothing.</summary>
    MailServerDown,

    /// <summary>Webhooks wait for too long.</summary>
    WebhookLag,

    /// <summary>Staff saw something that the figures do not show.</summary>
    ByHand,
}

/// <summary>What ended a freeze.</summary>
public enum FreezeEnd
{
    /// <summary>The figures are as they should be.</summary>
    ByRule,

    /// <summary>Staff.</summary>
    ByHand,

    /// <summary>It had lasted as long as a freeze may.</summary>
    AtMaximum,
}

/// <summary>When the figures freeze, and when no longer. Two limits for each, so that a figure at the edge does not flap.</summary>
public sealed record IncidentThresholds
{
    /// <summary>Fewer first tries than this, in the window or on the days compared with, say nothing.</summary>
    public int LeastTries { get; init; } = 50;

    /// <summary>Percentage points above the days compared with that are a surge.</summary>
    public int SurgePoints { get; init; } = 20;

    /// <summary>The share of declines, in percent, that is taken as usual while there are too few days to compare with.</summary>
    public int UsualPercent { get; init; } = 15;

    /// <summary>Hours over which declines are counted.</summary>
    public int WindowHours { get; init; } = 3;

    /// <summary>Collections, or mails, that came to nothing: fewer are no outage.</summary>
    public int LeastUnanswered { get; init; } = 5;

    /// <summary>Percent of calls without an answer, or of mails not taken, that are an outage. Half of it ends one.</summary>
    public int OutagePercent { get; init; } = 60;

    /// <summary>Minutes that webhooks may wait. Half of it ends a lag.</summary>
    public int LagMinutes { get; init; } = 60;

    /// <summary>Minutes that a freeze lasts at least.</summary>
    public int LeastMinutes { get; init; } = 30;

    /// <summary>Days after which every freeze ends.</summary>
    public int MostDays { get; init; } = 7;

    /// <summary>Hours for which the rule keeps quiet after staff, or the maximum, ended a freeze of its kind.</summary>
    public int QuietHours { get; init; } = 24;
}

/// <summary>A count and how much of it went wrong.</summary>
/// <param name="Of">How many.</param>
/// <param name="Bad">How many of them went wrong.</param>
public readonly record struct Share(int Of, int Bad)
{
    /// <summary>In percent, rounded down; 0 of nothing.</summary>
    public int Percent => Of == 0 ? 0 : (int)((long)Bad * 100 / Of);
}

/// <summary>What the rows say at a moment.</summary>
/// <param name="FirstTries">First tries of invoices that were judged in the window, and those declined.</param>
/// <param name="Compared">The same over the same hours of the same weekday in former weeks and the same day of former months.</param>
/// <param name="Gateway">Calls for collections lately, and those without an answer.</param>
/// <param name="Mails">Mails offered lately, and those not taken.</param>
/// <param name="WebhooksWaiting">Webhooks that are overdue.</param>
/// <param name="OldestWebhookMinutes">How long the oldest has been.</param>
public sealed record IncidentSignals(Share FirstTries, Share Compared, Share Gateway, Share Mails, int WebhooksWaiting, int OldestWebhookMinutes);

/// <summary>A freeze as far as the rule has to know it.</summary>
/// <param name="OpenedAt">Since when.</param>
/// <param name="ClosedAt">Until when; null while it stands.</param>
/// <param name="End">What ended it.</param>
public sealed record FreezeSpan(DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, FreezeEnd? End);

/// <summary>What the rule wants done.</summary>
public abstract record FreezeVerdict
{
    /// <summary>Leave it as it is.</summary>
    public sealed record Leave : FreezeVerdict;

    /// <summary>Freeze, for this reason in figures.</summary>
    public sealed record Open(string Figures) : FreezeVerdict;

    /// <summary>End the freeze.</summary>
    public sealed record Close(FreezeEnd End) : FreezeVerdict;
}

/// <summary>Opens and ends freezes by figures. Pure: the same figures at the same moment always say the same.</summary>
public static class IncidentRule
{
    /// <summary>Whether a freeze of this kind holds retries too. Our mail server and late webhooks do not concern the bank.</summary>
    public static bool HoldsRetries(IncidentKind kind) => kind is not (IncidentKind.MailServerDown or IncidentKind.WebhookLag);

    /// <summary>Judges one kind.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="newest">The newest freeze of this kind; null when there was none.</param>
    /// <param name="signals">What the rows say.</param>
    /// <param name="limits">The settings.</param>
    /// <param name="now">The moment, in billing time.</param>
    public static FreezeVerdict Judge(IncidentKind kind, FreezeSpan? newest, IncidentSignals signals, IncidentThresholds limits, DateTimeOffset now)
    {
        if (newest is { ClosedAt: null } open)
        {
            return now >= open.OpenedAt.AddDays(limits.MostDays) ? new FreezeVerdict.Close(FreezeEnd.AtMaximum)
                : now >= open.OpenedAt.AddMinutes(limits.LeastMinutes) && IsOver(kind, signals, limits) ? new FreezeVerdict.Close(FreezeEnd.ByRule)
                : new FreezeVerdict.Leave();
        }

        var quiet = newest is { End: FreezeEnd.ByHand or FreezeEnd.AtMaximum, ClosedAt: { } ended } && now < ended.AddHours(limits.QuietHours);
        return !quiet && Figures(kind, signals, limits) is { } figures ? new FreezeVerdict.Open(figures) : new FreezeVerdict.Leave();
    }

    private static string? Figures(IncidentKind kind, IncidentSignals signals, IncidentThresholds limits) => kind switch
    {
        IncidentKind.DeclineSurge when signals.FirstTries.Of >= limits.LeastTries && signals.FirstTries.Percent >= Usual(signals, limits) + limits.SurgePoints =>
            $"{signals.FirstTries.Bad} of {signals.FirstTries.Of} first tries were declined in {limits.WindowHours} hours ({signals.FirstTries.Percent} %); usual are {Usual(signals, limits)} %.",
        IncidentKind.GatewayDown when IsOutage(signals.Gateway, limits) =>
            $"The gateway did not answer for {signals.Gateway.Bad} of {signals.Gateway.Of} collections.",
        IncidentKind.MailServerDown when IsOutage(signals.Mails, limits) =>
            $"The mail server did not take {signals.Mails.Bad} of {signals.Mails.Of} mails.",
        IncidentKind.WebhookLag when signals.WebhooksWaiting >= limits.LeastUnanswered && signals.OldestWebhookMinutes >= limits.LagMinutes =>
            $"{signals.WebhooksWaiting} webhooks wait, the oldest for {signals.OldestWebhookMinutes} minutes.",
        _ => null,
    };

    private static bool IsOver(IncidentKind kind, IncidentSignals signals, IncidentThresholds limits) => kind switch
    {
        // Too few tries say neither that it goes on nor that it is over, unless there are none at all in the whole window.
        IncidentKind.DeclineSurge => signals.FirstTries.Of == 0
            || (signals.FirstTries.Of >= Math.Max(1, limits.LeastTries / 2) && signals.FirstTries.Percent < Usual(signals, limits) + (limits.SurgePoints / 2)),
        IncidentKind.GatewayDown => signals.Gateway.Bad == 0 || signals.Gateway.Percent < limits.OutagePercent / 2,

        // Nothing is offered at night: the last word holds until mails are taken again.
        IncidentKind.MailServerDown => signals.Mails.Of > signals.Mails.Bad && signals.Mails.Percent < limits.OutagePercent / 2,
        IncidentKind.WebhookLag => signals.WebhooksWaiting < limits.LeastUnanswered || signals.OldestWebhookMinutes < limits.LagMinutes / 2,
        IncidentKind.ByHand => false,
    };

    private static bool IsOutage(Share share, IncidentThresholds limits) => share.Bad >= limits.LeastUnanswered && share.Percent >= limits.OutagePercent;

    private static int Usual(IncidentSignals signals, IncidentThresholds limits) =>
        signals.Compared.Of >= limits.LeastTries ? signals.Compared.Percent : limits.UsualPercent;
}
