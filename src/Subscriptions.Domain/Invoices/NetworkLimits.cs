namespace Subscriptions.Domain.Invoices;

/// <summary>A card network's limit on how often one card may be tried.</summary>
/// <param name="Brand">The network, as the gateway spells it; null for every network that has no limit of its own here.</param>
/// <param name="Tries">Most tries, declined ones included.</param>
/// <param name="WithinHours">The rolling window, in hours.</param>
/// <param name="InForceFrom">Since when the network asks for it.</param>
/// <param name="Source">Where that is written.</param>
public sealed record NetworkLimit(string? Brand, int Tries, int WithinHours, DateOnly InForceFrom, string Source);

/// <summary>The limits that we keep to, counted per card and not per stored copy of it.</summary>
public static class NetworkLimits
{
    /// <summary>Hours that the longest window looks back.</summary>
    public const int LongestHours = 30 * 24;

    private const string Visa = "Visa, excessive reattempts rule: 20 in 30 days from 19 May 2025, 15 before; we plan for 15, which acquirers still enforce";
    private const string Mastercard = "Mastercard, transaction processing excellence: merchant advice and excessive attempts";

    /// <summary>Every limit.</summary>
    public static IReadOnlyList<NetworkLimit> All { get; } =
    [
        new("visa", Dunning.DunningPolicy.NetworkTriesIn30Days, LongestHours, new(2021, 4, 17), Visa),
        new("mastercard", 10, 24, new(2023, 2, 1), Mastercard),
        new("mastercard", 35, LongestHours, new(2023, 2, 1), Mastercard),
        new(null, Dunning.DunningPolicy.NetworkTriesIn30Days, LongestHours, new(2021, 4, 17), "The strictest that is known, for networks that publish none"),
    ];

    /// <summary>The moment before which a further try of a card would break a limit; null when it may be tried now.</summary>
    /// <param name="brand">The card's network.</param>
    /// <param name="tries">When it was tried, in any order; those longer ago than <see cref="LongestHours"/> don't matter.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? HeldUntil(string brand, IReadOnlyCollection<DateTimeOffset> tries, DateTimeOffset now)
    {
        var own = All.Where(limit => string.Equals(limit.Brand, brand, StringComparison.OrdinalIgnoreCase)).ToArray();
        DateTimeOffset? held = null;
        foreach (var limit in own.Length > 0 ? own : [.. All.Where(limit => limit.Brand is null)])
        {
            // As many tries as are allowed: the window has to move past the oldest of them.
            var newest = tries.Where(at => at > now.AddHours(-limit.WithinHours)).OrderDescending().Take(limit.Tries).ToArray();
            if (newest.Length == limit.Tries && newest[^1].AddHours(limit.WithinHours) is var free && (held is null || free > held))
            {
                held = free;
            }
        }

        return held;
    }
}
