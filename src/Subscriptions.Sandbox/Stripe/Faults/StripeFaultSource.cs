using System.Globalization;
using Subscriptions.Sandbox.Faults;

namespace Subscriptions.Sandbox.Stripe.Faults;

/// <summary>The simulator's faults as the panel sets them.</summary>
internal sealed class StripeFaultSource(StripeFaults faults) : IFaultSource
{
    public IReadOnlyList<FaultTargetInfo> Targets { get; } =
    [
        new("gateway", "a customer, a PaymentIntent, or a value of metadata such as a subscription's id",
            "an operation, such as confirm or payment_intents.create",
        [
            Kind(FaultKind.TimeoutBefore, "No answer, and nothing happened: the connection is held, then dropped."),
            Kind(FaultKind.TimeoutAfter, "It happened, but no answer comes: the connection is held, then dropped."),
            Kind(FaultKind.TimeoutInstead, "Lost inside Stripe: nothing happened, no answer comes, and the same key answers 500 from then on."),
            Kind(FaultKind.TimeoutLate, "It happens only when the hold ends, long after the client gave up."),
            Kind(FaultKind.Error500Before, "500, and nothing happened."),
            Kind(FaultKind.Error500After, "500, although it happened; the same key answers 500 from then on."),
            Kind(FaultKind.RateLimited, "429, and nothing happened."),
            Kind(FaultKind.Refused400, "400, as for a mistake in our request, and nothing happened."),
            Kind(FaultKind.ConnectionDropped, "The connection is dropped at once, and nothing happened."),
            Kind(FaultKind.ConnectionDroppedAfter, "It happened, and then the connection is dropped."),
            Kind(FaultKind.Slow, "It happens and is answered, but only after the hold (5 s)."),
        ]),
        new("webhooks", "an id or a value of metadata in the event's object", "a type of event, such as payment_intent.succeeded",
        [
            Kind(FaultKind.Dropped, "The event never arrives; it can still be listed."),
            Kind(FaultKind.Doubled, "The event arrives twice."),
            Kind(FaultKind.Reordered, "The event arrives after a later one."),
            Kind(FaultKind.Delayed, "The event arrives later: an hour of billing time, unless told otherwise."),
        ]),
        new("bank", "a customer, a PaymentIntent, or a value of metadata such as a subscription's id", null,
        [
            Kind(FaultKind.Declined, "Charges are declined, all or a share of them, with one code, until cleared or for some hours of billing time: a surge of declines."),
            Kind(FaultKind.RefundRefused, "Refunds are refused: the balance does not cover them."),
            Kind(FaultKind.RefundPending, "Refunds wait for a day, until the balance covers them."),
            Kind(FaultKind.RefundFails, "Refunds succeed, and fail an hour of billing time later; the money comes back to the balance."),
        ]),
    ];

    public Task<IReadOnlyList<ActiveFault>> ListAsync() =>
        Task.FromResult<IReadOnlyList<ActiveFault>>([.. faults.Active().Select(Show)]);

    public async Task<(ActiveFault? Fault, string? Refusal)> SetAsync(FaultRequest request)
    {
        var order = new FaultOrder(
            request.Target, request.Kind, request.Operation, request.Match, request.Count, request.HoldSeconds, request.DelayMinutes,
            request.Code, request.SharePercent, request.ForHours);
        return order.Refusal() is { } refusal ? (null, refusal) : (Show(await faults.AddAsync(order)), null);
    }

    public async Task<bool> ClearAsync(string? id)
    {
        if (id is null)
        {
            var any = faults.List().Count > 0;
            await faults.ClearAllAsync();
            return any;
        }

        return id.StartsWith(Prefix, StringComparison.Ordinal)
            && long.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && await faults.ClearAsync(number);
    }

    /// <summary>Sets the ids apart from those of other parts.</summary>
    private const string Prefix = "stripe-";

    private static ActiveFault Show(Fault fault) => new(
        Prefix + fault.Id.ToString(CultureInfo.InvariantCulture), fault.Target switch
        {
            FaultTarget.Gateway => "gateway",
            FaultTarget.Webhooks => "webhooks",
            _ => "bank",
        },
        fault.Kind.ToString(), fault.Operation, fault.Match, fault.Remaining, fault.Kind == FaultKind.Declined ? fault.Code : null, fault.SharePercent, fault.Until);

    private static FaultKindInfo Kind(FaultKind kind, string description) => new(kind.ToString(), description);
}
