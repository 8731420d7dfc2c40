using System.Text.Json;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Data;

/// <summary>Between a subscription's state and its row.</summary>
public static class SubscriptionMapping
{
    /// <summary>The state that a row holds.</summary>
    public static Subscription.Started ToState(this SubscriptionRow row) =>
        (Subscription.Started)JsonSerializer.Deserialize<Subscription>(row.State, DomainJson.Options)!;

    /// <summary>A row for a state that has none yet; <see cref="Write"/> fills the rest.</summary>
    public static SubscriptionRow NewRow(Subscription.Started state) => new()
    {
        Id = state.Contract.Id,
        ReaderId = state.Contract.ReaderId,
        PlanVersionId = state.Contract.PlanVersionId,
        StartedAt = state.Contract.StartedAt,
        Status = "",
        State = "",
    };

    /// <summary>Writes a state into its row and raises the version by the number of events that led to it.</summary>
    public static void Write(this SubscriptionRow row, Subscription.Started state, int events)
    {
        row.Status = state.GetType().Name;
        row.LivingSlot = state is Subscription.Ended ? null : 1;
        row.Stage = (state as Subscription.PastDue)?.Case.Stage;
        row.OpenInvoiceId = OpenInvoice(state)?.Id;
        row.EndedAt = (state as Subscription.Ended)?.EndedAt;
        row.EndReason = (state as Subscription.Ended)?.Reason;
        row.State = JsonSerializer.Serialize<Subscription>(state, DomainJson.Options);
        row.Version += events;
    }

    /// <summary>The plan version that a row holds.</summary>
    public static PlanVersion ToPlan(this PlanVersionRow row) => JsonSerializer.Deserialize<PlanVersion>(row.Content, DomainJson.Options)!;

    /// <summary>The policy that a row holds.</summary>
    public static DunningPolicy ToPolicy(this PolicyVersionRow row) => JsonSerializer.Deserialize<DunningPolicy>(row.Content, DomainJson.Options)!;

    /// <summary>The one invoice that a state has open, if any.</summary>
    public static OpenInvoice? OpenInvoice(this Subscription state) => state switch
    {
        Subscription.Incomplete s => s.Invoice,
        Subscription.Trialing s => s.Invoice,
        Subscription.Active s => s.Invoice,
        Subscription.PastDue s => s.Invoice,
        _ => null,
    };

    /// <summary>Why a state is to end, while the end waits for the open invoice.</summary>
    public static EndReason? Ending(this Subscription state) => state switch
    {
        Subscription.Incomplete s => s.Ending,
        Subscription.Trialing s => s.Ending,
        Subscription.Active s => s.Ending,
        Subscription.PastDue s => s.Ending,
        _ => null,
    };
}
