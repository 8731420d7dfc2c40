using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Cards;

/// <summary>
/// How a stored card behaves in place of what its test token does: it <em>was good once</em> and answers
/// <see cref="Answer"/> from a date on, for some tries or for good. Before <see cref="From"/>, and after
/// <see cref="Tries"/> charges were refused, charges succeed. Stripe has no such switch on its API, which is
/// why it is only reachable from C#: its decline tokens cannot be attached, yet a book of readers needs
/// cards that paid last month and are reported lost today.
/// </summary>
/// <param name="Answer">A name of <see cref="Declines.Names"/>, or <see cref="Declines.Succeeds"/>.</param>
/// <param name="From">Billing time from which it applies; null: from now.</param>
/// <param name="Tries">Charges that get this answer before the card heals; null: all.</param>
/// <param name="AdviceCode">Overrides the decline's own <c>advice_code</c>.</param>
public sealed record CardBehaviour(string Answer, DateTimeOffset? From = null, int? Tries = null, string? AdviceCode = null)
{
    internal JsonObject ToJson() => new()
    {
        ["answer"] = Answer,
        ["from"] = From?.ToUnixTimeMilliseconds(),
        ["tries"] = Tries,
        ["advice"] = AdviceCode,
    };

    internal static CardBehaviour? FromJson(JsonObject? json) => json is null ? null : new(
        json.Text("answer")!,
        json["from"] is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(json.Number("from")),
        json["tries"] is null ? null : (int)json.Number("tries"),
        json.Text("advice"));
}
