namespace Subscriptions.Server.Hosting.Settings;

/// <summary>The webhook inbox.</summary>
/// <param name="KeepDays">Days for which an event that was looked at is kept; longer than the gateway lists it, so that none is stored twice.</param>
/// <param name="ResyncEveryMinutes">Minutes of billing time between two comparisons with the gateway's list.</param>
public sealed record WebhookSettings(int KeepDays, int ResyncEveryMinutes);

/// <summary>Reads <c>Webhooks</c>.</summary>
internal static class WebhooksSection
{
    public static WebhookSettings Read(SettingsReader read) => new(
        read.Number("Webhooks:KeepDays", 90, 32, 3650, "days"),
        read.Number("Webhooks:ResyncEveryMinutes", 60, 5, 1440, "minutes"));
}
