using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary><c>expand[]</c>: ids are replaced by the objects that they name.</summary>
internal static class Expansion
{
    private const int MaxDepth = 4;

    public static void Apply(LedgerTransaction ledger, JsonObject body, IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            var segments = path.Split('.');
            if (segments.Length > MaxDepth)
            {
                throw StripeFailure.Invalid(null, $"You cannot expand more than {MaxDepth} levels of a property ({path}).", "expand");
            }

            Expand(ledger, body, segments, path);
        }
    }

    private static void Expand(LedgerTransaction ledger, JsonObject body, ReadOnlySpan<string> segments, string path)
    {
        if (!body.ContainsKey(segments[0]) || segments[0] == "id")
        {
            throw StripeFailure.Invalid(null, $"This property cannot be expanded ({path}).", "expand");
        }

        if (body.Text(segments[0]) is { } id)
        {
            body[segments[0]] = ledger.FindAny(id)?.Body
                ?? throw StripeFailure.Invalid(null, $"This property cannot be expanded ({path}).", "expand");
        }

        if (segments.Length == 1)
        {
            return;
        }

        IEnumerable<JsonObject> children = body[segments[0]] switch
        {
            JsonArray list => list.OfType<JsonObject>(),
            JsonObject single => [single],
            _ => [],
        };
        foreach (var child in children)
        {
            Expand(ledger, child, segments[1..], path);
        }
    }
}
