namespace Subscriptions.Domain.Invoices;

/// <summary>A card network's code after which the same card may never be tried again for this payment.</summary>
/// <param name="Brand">The network, as the gateway spells it.</param>
/// <param name="Code">The code, in capitals.</param>
/// <param name="IsAdvice">True for the network's advice to the merchant, false for the issuer's response.</param>
/// <param name="InForceFrom">Since when the network asks for it.</param>
/// <param name="Source">Where that is written.</param>
public sealed record NetworkRefusal(string Brand, string Code, bool IsAdvice, DateOnly InForceFrom, string Source);

/// <summary>The codes that mean "never", whatever else is said of the decline.</summary>
public static class NetworkRefusals
{
    private const string Visa = "Visa, excessive reattempts rule, category 1: the issuer will never approve";
    private const string Mastercard = "Mastercard, transaction processing excellence: do not try again (03), payment cancellation (21)";

    /// <summary>Every code.</summary>
    public static IReadOnlyList<NetworkRefusal> All { get; } =
    [
        .. new[] { "04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3" }
            .Select(code => new NetworkRefusal("visa", code, false, new(2021, 4, 17), Visa)),
        .. new[] { "03", "21" }.Select(code => new NetworkRefusal("mastercard", code, true, new(2023, 2, 1), Mastercard)),
    ];

    /// <summary>Whether a network forbids any further try of the card.</summary>
    /// <param name="brand">The card's network; null or another one forbids nothing here, since the codes differ from one to the next.</param>
    /// <param name="declineCode">The issuer's response as the network passed it on.</param>
    /// <param name="adviceCode">The network's advice.</param>
    public static bool Forbid(string? brand, string? declineCode, string? adviceCode) => All.Any(refusal =>
        string.Equals(refusal.Brand, brand, StringComparison.OrdinalIgnoreCase)
        && string.Equals(refusal.Code, refusal.IsAdvice ? adviceCode : declineCode, StringComparison.OrdinalIgnoreCase));
}
