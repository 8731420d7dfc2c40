namespace Subscriptions.Sandbox.Clock;

/// <summary>
/// What a moved clock has to wait for, as one part of the product (or the simulator beside it) knows it. All
/// registrations together decide where the clock may stop next.
/// </summary>
public interface IDueMoments
{
    /// <summary>Names the part in messages: "the service", "the Stripe simulator".</summary>
    string Name { get; }

    /// <summary>
    /// The earliest billing instant, not after <paramref name="until"/>, at which something here is due. What is due
    /// already and not yet done counts with its own, past instant.
    /// </summary>
    Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until);

    /// <summary>Whether something is in flight: a live lease, a delivery under way. Not an unknown outcome or a back-off.</summary>
    Task<bool> BusyAsync();

    /// <summary>Asks this part to look now for what is due.</summary>
    Task NudgeAsync();
}
