using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>
/// Answers kept under their idempotency key, in the same transaction as their effect: no crash can part the
/// two. A key lives for 24 hours of wall time, so that moving the billing clock makes none stale.
/// </summary>
internal static class IdempotencyKeys
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    public static Reply? Replay(LedgerTransaction ledger, StripeRequest request, DateTimeOffset wallTime)
    {
        if (request.Key is null)
        {
            return null;
        }

        var kept = ledger.Sql.Rows("SELECT fingerprint, status, body, request FROM idempotency WHERE key = @p0 AND saved_at > @p1",
            row => (Fingerprint: row.GetString(0), Status: row.GetInt32(1), Body: row.GetString(2), Request: row.GetString(3)),
            request.Key, (wallTime - Life).ToUnixTimeMilliseconds());
        if (kept.Count == 0)
        {
            return null;
        }

        return kept[0].Fingerprint == request.Fingerprint
            ? new Reply(kept[0].Status, kept[0].Body) { ReplayOf = kept[0].Request }
            : throw new StripeFailure(StatusCodes.Status400BadRequest, "idempotency_error", null,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                + $"Try using a key other than '{request.Key}' if you meant to execute a different request.");
    }

    public static void Keep(LedgerTransaction ledger, StripeRequest request, Reply reply, DateTimeOffset wallTime)
    {
        if (request.Key is not null)
        {
            ledger.Sql.Run("INSERT OR REPLACE INTO idempotency(key, fingerprint, status, body, request, saved_at) VALUES(@p0, @p1, @p2, @p3, @p4, @p5)",
                request.Key, request.Fingerprint, reply.Status, reply.Body, request.RequestId, wallTime.ToUnixTimeMilliseconds());
        }
    }

    public static StripeFailure InUse(string key) =>
        new(StatusCodes.Status409Conflict, "idempotency_error", "idempotency_key_in_use",
            $"There is currently another in-progress request using this Stripe-Idempotency-Key ({key}). "
            + "It probably means that you submitted twice, and the other request is still going through: try again in a moment.");
}

/// <summary>An answer as it goes over the wire.</summary>
internal sealed record Reply(int Status, string Body)
{
    /// <summary>The request whose kept answer this is; null for a fresh one.</summary>
    public string? ReplayOf { get; init; }

    public static Reply Of(StripeAnswer answer) => new(answer.Status, answer.Body.ToJsonString());

    public static Reply InternalError { get; } = Of(new StripeAnswer(StatusCodes.Status500InternalServerError, new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["message"] = "An unknown error occurred. If you contact support, please quote the request's id.",
            ["type"] = "api_error",
        },
    }));
}
