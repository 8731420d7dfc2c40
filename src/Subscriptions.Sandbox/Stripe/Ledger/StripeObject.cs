using System.Text.Json.Nodes;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>One object as the API shows it (<see cref="Body"/>), and what Stripe would know but never tell
/// (<see cref="Hidden"/>: how a card behaves, the token of an open challenge).</summary>
internal sealed record StripeObject(string Id, string Kind, long Created, JsonObject Body, JsonObject Hidden)
{
    /// <summary>Order of insertion, which breaks ties between objects of one second. 0 before the insert.</summary>
    public long Seq { get; init; }

    public string? Customer => Body.Text("customer");

    public string? Status => Body.Text("status");

    public string this[string property] => Body.Text(property)
        ?? throw new InvalidOperationException($"{Id} has no {property}.");
}

/// <summary>Which objects a list wants. Null filters match everything; times are Unix seconds.</summary>
internal sealed record ListQuery(string Kind)
{
    public string? Customer { get; init; }
    public string? Parent { get; init; }
    public IReadOnlyList<string> TypePatterns { get; init; } = [];
    public long CreatedFrom { get; init; } = long.MinValue;
    public long CreatedTo { get; init; } = long.MaxValue;
    public string? StartingAfter { get; init; }
    public string? EndingBefore { get; init; }
    public int Limit { get; init; } = 10;
}
