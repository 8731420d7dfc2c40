using System.Diagnostics.Metrics;

namespace Subscriptions.Paywall;

/// <summary>The figures of the meter <c>Subscriptions.Paywall</c>.</summary>
internal sealed class PaywallMeters
{
    public const string Name = "Subscriptions.Paywall";

    public PaywallMeters(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        DecisionsWithoutService = meter.CreateCounter<long>(
            "paywall.decisions.without_service", "{decision}", "Decisions made while the service could not be asked, by outcome.");
        ServiceFailures = meter.CreateCounter<long>(
            "paywall.service.failures", "{call}", "Calls to the service that got no usable answer.");
        Lookups = meter.CreateCounter<long>("paywall.lookups", "{lookup}", "Readers fetched from the service because memory had no fresh answer.");
        PassesRefused = meter.CreateCounter<long>("paywall.passes.refused", "{pass}", "Reader passes that were forged, stale or revoked.");
        FeedBreaks = meter.CreateCounter<long>("paywall.feed.breaks", "{break}", "Times the change feed was lost.");
    }

    public Counter<long> DecisionsWithoutService { get; }

    public Counter<long> ServiceFailures { get; }

    public Counter<long> Lookups { get; }

    public Counter<long> PassesRefused { get; }

    public Counter<long> FeedBreaks { get; }
}
