using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/events</c>: kept for 30 days of billing time.</summary>
internal static class Events
{
    public const string Kind = "event";

    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static StripeAnswer Retrieve(StripeCall call)
    {
        var found = call.Subject(Kind);
        return found.Created >= Oldest(call) ? StripeAnswer.Ok(WithPending(call.Ledger, found))
            : throw StripeFailure.NoSuch(Kind, call.Id, inPath: true);
    }

    public static StripeAnswer List(StripeCall call)
    {
        var types = call.Params.List("types");
        if (call.Params.Text("type", 100) is { } type)
        {
            types = types.Count == 0 ? [type] : throw StripeFailure.Invalid("parameters_exclusive",
                "You may only specify one of these parameters: type, types.");
        }

        if (types.Count > LedgerLists.MaxTypePatterns)
        {
            throw StripeFailure.Invalid(null, $"At most {LedgerLists.MaxTypePatterns} types can be asked for here.", "types");
        }

        var query = Lists.Query(call, Kind) with { TypePatterns = [.. types.Select(AsPattern)] };
        return Lists.Answer(call, query with { CreatedFrom = Math.Max(query.CreatedFrom, Oldest(call)) }, "/v1/events",
            found => WithPending(call.Ledger, found));
    }

    /// <summary>An event with the number of endpoints that have not taken it yet.</summary>
    public static JsonObject WithPending(LedgerTransaction ledger, StripeObject found)
    {
        if (found.Body.Number("pending_webhooks") > 0)
        {
            found.Body["pending_webhooks"] = ledger.Sql.Scalar<long>(
                "SELECT count(*) FROM deliveries WHERE event = @p0 AND state IN ('pending', 'held')", found.Id);
        }

        return found.Body;
    }

    /// <summary>Stripe's <c>*</c> at the end is SQLite's; nothing else of a pattern may pass.</summary>
    private static string AsPattern(string type) =>
        type.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '*') ? type
            : throw StripeFailure.Invalid(null, "Invalid event type", "type");

    private static long Oldest(StripeCall call) => (call.Ledger.Now - Kept).ToUnixTimeSeconds();
}
