using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Support;

/// <summary>What became of a webhook, in words for staff. Pure.</summary>
public static class WebhookWords
{
    /// <summary>A state as a list names it.</summary>
    public static string State(WebhookState state) => state switch
    {
        WebhookState.Received => "Waits to be looked at",
        WebhookState.Done => "Looked at",
        WebhookState.Ignored => "Does not concern us",
        WebhookState.Parked => "Set aside: needs staff",
    };

    /// <summary>A state with what follows from it.</summary>
    public static string Describe(WebhookEventRow row) => row.State switch
    {
        WebhookState.Received when row.ProcessedAt is not null => "Looked at before; waits to be looked at again.",
        WebhookState.Received when row.Tries > 0 => "Waits to be looked at again by itself, because the last look broke off.",
        WebhookState.Received => "Waits to be looked at. That happens by itself, usually within seconds.",
        WebhookState.Done => "Looked at: what it is about was read again at the gateway. What came of it stands below.",
        WebhookState.Ignored => "Does not concern us: nothing follows from it here.",
        WebhookState.Parked => "Set aside after its look broke off too often. It is not tried again by itself: when the cause is mended, press \"Process again\".",
    };
}
