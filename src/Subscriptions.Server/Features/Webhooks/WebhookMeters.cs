using System.Diagnostics.Metrics;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>How late webhooks come, and how many never came: meter <c>Subscriptions.Server.Webhooks</c>.</summary>
public sealed class WebhookMeters
{
    private readonly Histogram<double> lag;
    private readonly Counter<long> missed;

    /// <summary>Makes the instruments.</summary>
    public WebhookMeters(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create("Subscriptions.Server.Webhooks");
        lag = meter.CreateHistogram<double>("webhook.lag", "s", "Time from the event at the gateway to its arrival here.");
        missed = meter.CreateCounter<long>("webhook.missed", "{event}", "Events found in the gateway's list that had never knocked.");
    }

    /// <summary>An event came so long after it had happened.</summary>
    public void Arrived(TimeSpan late) => lag.Record(Math.Max(0, late.TotalSeconds));

    /// <summary>Events that never knocked were found.</summary>
    public void Missed(int count) => missed.Add(count);
}
