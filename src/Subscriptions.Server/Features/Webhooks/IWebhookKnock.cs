using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>
/// Looks at what events of some types are about. The event only names an object; what that object is now decides, so
/// late, repeated and reordered events do nothing. Each kind of object has its own file under <c>Knocks</c>.
/// </summary>
public interface IWebhookKnock
{
    /// <summary>The events that it looks at, by the gateway's names; each belongs to one knock only.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>Looks, and says what came of it.</summary>
    /// <param name="happened">The event as read again at its source.</param>
    /// <param name="receivedAt">When it knocked, in billing time.</param>
    Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt);
}

/// <summary>What looking at a knock came to.</summary>
/// <param name="Settled">Nothing more is to be done about it.</param>
/// <param name="Words">For staff.</param>
public sealed record KnockResult(bool Settled, string Words)
{
    /// <summary>An event of no concern.</summary>
    public static KnockResult Nothing { get; } = new(true, "Nothing to do.");

    /// <summary>Somebody else holds it or has the first try, or the gateway does not answer.</summary>
    public static KnockResult Later { get; } = new(false, "");
}
