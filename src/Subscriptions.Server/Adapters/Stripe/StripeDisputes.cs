using System.Text.Json;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using static Subscriptions.Server.Adapters.Stripe.StripeReading;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// Turns Stripe's disputes and early fraud warnings into ours. A list with one entry that cannot be read says nothing:
/// to leave one out would be to guess that it is not there.
/// </summary>
internal static class StripeDisputes
{
    /// <summary>Bank debits whose schemes give the payer the last word.</summary>
    private static readonly string[] _beyondContest = ["bacs_debit", "sepa_debit", "acss_debit", "au_becs_debit", "us_bank_account"];

    public static IReadOnlyList<Dispute>? Disputes(JsonElement json) => All(json, Dispute);

    public static IReadOnlyList<FraudWarning>? Warnings(JsonElement json) => All(json, Warning);

    private static List<T>? All<T>(JsonElement json, Func<JsonElement, T?> read) where T : class
    {
        if (!json.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var all = data.EnumerateArray().Select(read).ToList();
        return all.Contains(null) ? null : [.. all.OfType<T>()];
    }

    private static Dispute? Dispute(JsonElement json)
    {
        if (Text(json, "object") is not "dispute" || Text(json, "id") is not { } id || StatusOf(Text(json, "status")) is not { } status
            || AmountOf(json) is not { } amount)
        {
            return null;
        }

        var kind = Text(Child(json, "payment_method_details"), "type");
        var due = status is DisputeStatus.Inquiry or DisputeStatus.Open ? Number(Child(json, "evidence_details"), "due_by") : null;
        return new Dispute(
            id, IdOf(json, "charge"), status, !_beyondContest.Contains(kind, StringComparer.Ordinal), Text(json, "reason") ?? "general", amount,
            FeeOf(json, amount.Currency), due is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(due.Value) : null);
    }

    private static FraudWarning? Warning(JsonElement json) =>
        Text(json, "object") is "radar.early_fraud_warning" && Text(json, "id") is { } id
            ? new FraudWarning(id, IdOf(json, "charge"), Text(json, "fraud_type") ?? "misc",
                json.TryGetProperty("actionable", out var actionable) && actionable.ValueKind == JsonValueKind.True)
            : null;

    // Whatever is taken and given back for one dispute, added up; the account may be in another currency than the charge.
    private static Money? FeeOf(JsonElement json, string currency)
    {
        if (!json.TryGetProperty("balance_transactions", out var moves) || moves.ValueKind != JsonValueKind.Array || moves.GetArrayLength() == 0)
        {
            return null;
        }

        var fees = moves.EnumerateArray().Select(move => (Fee: Number(move, "fee"), Currency: Text(move, "currency")?.ToUpperInvariant())).ToList();
        return fees.Any(fee => fee.Fee is null || fee.Currency != currency) ? null : new Money(fees.Sum(fee => fee.Fee!.Value), currency);
    }

    private static DisputeStatus? StatusOf(string? status) => status switch
    {
        "warning_needs_response" or "warning_under_review" => DisputeStatus.Inquiry,
        "warning_closed" or "prevented" => DisputeStatus.InquiryClosed,
        "needs_response" or "under_review" => DisputeStatus.Open,
        "won" => DisputeStatus.Won,
        "lost" => DisputeStatus.Lost,
        _ => null,
    };
}
