using System.Globalization;
using System.Text.Json;
using Subscriptions.Domain;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Stripe's own books, over its lists.</summary>
internal sealed class StripeRecords(StripeTransport stripe, OwnInvoices own) : IGatewayRecords
{
    private const int PageSize = 100;

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedPayment>>> PaymentsAsync(RecordWindow window, string? after) =>
        PageAsync("payment_intents", Query(window), after, json => StripeReading.Payment(json) is { } payment && AtOf(json) is { } at ? new ListedPayment(IsOurs(payment.InvoiceId) ? payment : payment with { InvoiceId = null, SubscriptionId = null }, at) : null);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedCharge>>> ChargesAsync(RecordWindow window, string? after) => PageAsync("charges", Query(window), after, json =>
        StripeReading.Text(json, "id") is { } id && AtOf(json) is { } at
            ? new ListedCharge(id, StripeReading.Text(json, "status") == "succeeded", StripeReading.IdOf(json, "payment_intent"), InvoiceOf(json), at)
            : null);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedRefund>>> RefundsAsync(RecordWindow window, string? after) => PageAsync("refunds", Query(window), after, json =>
        StripeReading.Refund(json) is { } refund && AtOf(json) is { } at ? new ListedRefund(refund, StripeReading.IdOf(json, "payment_intent"), at) : null);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedDispute>>> DisputesAsync(RecordWindow window, string? after) => PageAsync("disputes", Query(window), after, json =>
        StripeReading.Text(json, "id") is { } id && StripeReading.Text(json, "status") is { } status && AmountOf(json) is { } amount && AtOf(json) is { } at
            ? new ListedDispute(id, status, amount, StripeReading.IdOf(json, "payment_intent"), at)
            : null);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsAsync(RecordWindow window, string? after) =>
        PageAsync("balance_transactions", Query(window) + "&expand[]=data.source", after, Transaction);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsOfPayoutAsync(string payoutId, string? after) =>
        PageAsync("balance_transactions", $"payout={Uri.EscapeDataString(payoutId)}", after, Transaction);

    /// <inheritdoc />
    public Task<GatewayAnswer<GatewayPage<ListedPayout>>> PayoutsAsync(RecordWindow window, string? after) => PageAsync("payouts", Query(window), after, json =>
        StripeReading.Text(json, "id") is { } id && AmountOf(json) is { } amount && AtOf(json) is { } at
            ? new ListedPayout(id, StripeReading.Text(json, "status") is "failed" or "canceled", amount, at)
            : null);

    private static string Query(RecordWindow window) => string.Create(
        CultureInfo.InvariantCulture, $"created[gte]={window.From.ToUnixTimeSeconds()}&created[lt]={window.To.ToUnixTimeSeconds()}");

    private async Task<GatewayAnswer<GatewayPage<T>>> PageAsync<T>(string list, string query, string? after, Func<JsonElement, T?> read) where T : class
    {
        var cursor = after is null ? "" : $"&starting_after={Uri.EscapeDataString(after)}";
        var (reply, trouble) = await stripe.GetAsync($"/v1/{list}?{query}&limit={PageSize}{cursor}");
        return reply switch
        {
            null => new GatewayAnswer<GatewayPage<T>>.Unknown(trouble),
            { SaysNothing: true } or { IsLockedOut: true } => new GatewayAnswer<GatewayPage<T>>.Unknown($"Stripe answered with status {reply.Status}."),
            { Status: >= 400 } => new GatewayAnswer<GatewayPage<T>>.Refused($"http_{reply.Status}", $"Stripe does not list {list} (status {reply.Status})."),
            _ => Read(reply.Body, read) is { } page
                ? new GatewayAnswer<GatewayPage<T>>.Answered(page)
                : new GatewayAnswer<GatewayPage<T>>.Unknown($"Stripe's list of {list} could not be read."),
        };
    }

    private static GatewayPage<T>? Read<T>(JsonElement? body, Func<JsonElement, T?> read) where T : class
    {
        if (body is not { } list || !list.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        List<T> items = [];
        string? last = null;
        foreach (var json in data.EnumerateArray())
        {
            if (read(json) is not { } item)
            {
                return null;
            }

            items.Add(item);
            last = StripeReading.Text(json, "id");
        }

        var more = list.TryGetProperty("has_more", out var said) && said.ValueKind == JsonValueKind.True;
        return new(items, more ? last : null);
    }

    private ListedTransaction? Transaction(JsonElement json)
    {
        var source = StripeReading.Child(json, "source");
        return StripeReading.Text(json, "id") is { } id && AmountOf(json) is { } amount && AtOf(json) is { } at && NumberOf(json, "fee") is { } fee
            ? new ListedTransaction(
                new GatewayTransaction(id, KindOf(json, source), amount, fee, StripeReading.IdOf(json, "source"), at),
                StripeReading.IdOf(source, "payment_intent"), InvoiceOf(source))
            : null;
    }

    private static GatewayBooking KindOf(JsonElement json, JsonElement? source) =>
        (StripeReading.Text(json, "type"), StripeReading.Text(json, "reporting_category"), StripeReading.Text(source, "object")) switch
        {
            ("charge" or "payment", _, _) => GatewayBooking.Payment,
            ("refund" or "payment_refund", _, _) => GatewayBooking.Refund,
            ("refund_failure", _, _) => GatewayBooking.RefundFailure,
            ("payment_failure_refund", _, _) or (_, "dispute" or "dispute_reversal", _) or ("adjustment", _, "dispute") => GatewayBooking.Dispute,
            ("stripe_fee", _, _) => GatewayBooking.Fee,
            ("payout", _, _) => GatewayBooking.Payout,
            ("payout_failure" or "payout_cancel", _, _) => GatewayBooking.PayoutFailure,
            _ => GatewayBooking.Other,
        };

    private bool IsOurs(string? invoice) => invoice is null || own.Include(invoice);

    // Another system on the same account may speak of invoices too: ours come with their subscription and begin as ours do.
    private string? InvoiceOf(JsonElement? json) =>
        StripeReading.Child(json, "metadata") is { } ours && StripeReading.Text(ours, "subscription") is not null
            && StripeReading.Text(ours, "invoice") is { } invoice && invoice.StartsWith("inv_", StringComparison.Ordinal) && IsOurs(invoice) ? invoice : null;

    private static Money? AmountOf(JsonElement json) => NumberOf(json, "amount") is { } amount && StripeReading.Text(json, "currency") is { Length: 3 } currency
        ? new Money(amount, currency.ToUpperInvariant())
        : null;

    private static DateTimeOffset? AtOf(JsonElement json) =>
        NumberOf(json, "created") is >= 0 and < 253_402_300_800 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static long? NumberOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
