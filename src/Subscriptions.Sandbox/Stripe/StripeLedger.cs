using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>
/// The simulator from the inside, for seeding and for the panel: it does what no client of Stripe can do.
/// Everything that is put has a key; putting the same key again returns the same id and changes nothing, so
/// that a seeding that was interrupted can simply be repeated.
/// </summary>
public sealed class StripeLedger
{
    private readonly LedgerFile file;
    private readonly StripeFaults faults;

    internal StripeLedger(LedgerFile file, StripeFaults faults) => (this.file, this.faults) = (file, faults);

    /// <summary>The id that an object of the past will have under its key, before it is put.</summary>
    public string IdOf(string prefix, string key) => file.Read(ledger => ledger.IdFor(prefix, key));

    /// <summary>Puts a customer and returns its id.</summary>
    public Task<string> PutCustomerAsync(
        string key, string? email, string? name, IReadOnlyDictionary<string, string>? metadata = null, DateTimeOffset? createdAt = null) =>
        PutAsync(Customers.Kind, "cus_", key, createdAt, _ => (Customers.Body(email, name, ToJson(metadata)), []));

    /// <summary>
    /// Puts a card on a customer without asking the bank, and returns the PaymentMethod's id. Thus a customer can
    /// hold a card whose token cannot be attached over the API. Without a behaviour the card is charged as its
    /// token says; with one, the token is a label (its number, brand and digits) and the behaviour decides.
    /// </summary>
    /// <param name="key">The same key puts the same card.</param>
    /// <param name="customerId">Whose it is.</param>
    /// <param name="testToken">What it is.</param>
    /// <param name="behaviour">What it answers, where that differs from its token.</param>
    /// <param name="createdAt">When it was laid down; null for now.</param>
    /// <param name="expires">Its last month; null for a December some years ahead.</param>
    /// <exception cref="ArgumentException">The token or the behaviour's answer is unknown.</exception>
    public Task<string> PutCardAsync(
        string key, string customerId, string testToken, CardBehaviour? behaviour = null, DateTimeOffset? createdAt = null, (int Month, int Year)? expires = null)
    {
        var card = TestCards.OfToken(testToken) ?? throw new ArgumentException($"No test card has the token {testToken}.", nameof(testToken));
        Check(behaviour);
        return PutAsync(PaymentMethods.Kind, "pm_", key, createdAt, ledger =>
        {
            var body = PaymentMethods.Body(ledger, card, new CardEntry(expires?.Month ?? 12, expires?.Year ?? ledger.Now.Year + PaymentMethods.ValidYears, null));
            body["customer"] = ledger.Get(Customers.Kind, customerId).Id;
            PaymentMethods.MakeOwn(ledger, body, card, customerId);
            return (body, Hidden(testToken, behaviour));
        });
    }

    /// <summary>Puts a test bank account or PayPal account on a customer, as if it had been set up and used before.</summary>
    /// <exception cref="ArgumentException">The token is unknown.</exception>
    public Task<string> PutAccountAsync(string key, string customerId, string testToken, CardBehaviour? behaviour = null, DateTimeOffset? createdAt = null)
    {
        var account = TestAccounts.OfToken(testToken) ?? throw new ArgumentException($"No test account has the token {testToken}.", nameof(testToken));
        Check(behaviour);
        return PutAsync(PaymentMethods.Kind, "pm_", key, createdAt, ledger =>
        {
            var body = PaymentMethods.BodyOf(ledger, account, null);
            body["customer"] = ledger.Get(Customers.Kind, customerId).Id;
            var hidden = Hidden(testToken, behaviour);
            hidden["collected"] = true;
            return (body, hidden);
        });
    }

    /// <summary>Puts a Bacs Direct Debit mandate on a customer. Confirming with it answers <c>processing</c>, and the
    /// result comes four working days of billing time later, by the behaviour.</summary>
    public Task<string> PutBacsMandateAsync(
        string key, string customerId, CardBehaviour? behaviour = null, string last4 = "2345", DateTimeOffset? createdAt = null)
    {
        Check(behaviour);
        return PutAsync(PaymentMethods.Kind, "pm_", key, createdAt, ledger =>
        {
            var body = PaymentMethods.BodyOfMandate(ledger, last4);
            body["customer"] = ledger.Get(Customers.Kind, customerId).Id;
            var hidden = Hidden(null, behaviour);
            hidden["collected"] = true;
            return (body, hidden);
        });
    }

    /// <summary>Changes how a stored method behaves from now on; null gives it back to its token.</summary>
    /// <exception cref="InvalidOperationException">There is no such PaymentMethod.</exception>
    public Task SetBehaviourAsync(string paymentMethodId, CardBehaviour? behaviour)
    {
        Check(behaviour);
        return file.WriteAsync(ledger =>
        {
            var method = ledger.Get(PaymentMethods.Kind, paymentMethodId);
            method.Hidden["behaviour"] = behaviour?.ToJson();
            ledger.Save(method);
        });
    }

    /// <summary>
    /// The bank issues a new card in place of a stored one: the same PaymentMethod, another number and date, or only another
    /// date. The card networks tell Stripe, and Stripe tells by <c>payment_method.automatically_updated</c>.
    /// </summary>
    /// <param name="paymentMethodId">The stored card.</param>
    /// <param name="testToken">What the new card is; null for the same number with a later date.</param>
    /// <returns>Why not; null when done.</returns>
    public Task<string?> RenewCardAsync(string paymentMethodId, string? testToken)
    {
        var card = testToken is null ? null : TestCards.OfToken(testToken);
        return testToken is not null && card is null
            ? Task.FromResult<string?>($"No test card has the token {testToken}.")
            : file.WriteAsync(ledger => PaymentMethods.Renew(ledger, paymentMethodId, card));
    }

    /// <summary>The test token that a PaymentMethod was made from; null if there is none.</summary>
    public string? TestTokenOf(string paymentMethodId) =>
        file.Read(ledger => ledger.Find(PaymentMethods.Kind, paymentMethodId)?.Hidden.Text("token"));

    /// <summary>Puts payments of the past, in one transaction, and returns the PaymentIntents' ids. No event tells of them.</summary>
    public Task<IReadOnlyList<string>> PutPastAsync(IReadOnlyList<PastPayment> payments) =>
        file.WriteAsync<IReadOnlyList<string>>(ledger =>
        {
            List<string> put = [.. payments.Select(payment => PastPayments.Put(ledger, payment))];
            Payouts.PayPast(ledger);
            return put;
        });

    /// <summary>The newest deliveries of events to endpoints, newest first.</summary>
    public IReadOnlyList<WebhookDelivery> Deliveries(int limit = 100) => file.Read(ledger => ledger.Sql.Rows("""
        SELECT d.event, o.type, d.state, d.attempts, d.due_at, d.last_answer, d.id FROM deliveries d JOIN objects o ON o.id = d.event
        ORDER BY d.id DESC LIMIT @p0
        """,
        row => new WebhookDelivery(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6)),
        limit));

    /// <summary>Empties the ledger: objects, keys, deliveries and faults.</summary>
    public async Task ResetAsync()
    {
        await file.WriteAsync(ledger => ledger.Sql.Run(LedgerSchema.Empty));
        faults.Reload();
    }

    private Task<string> PutAsync(
        string kind, string prefix, string key, DateTimeOffset? createdAt, Func<LedgerTransaction, (JsonObject Body, JsonObject Hidden)> make) =>
        file.WriteAsync(ledger =>
        {
            var id = ledger.IdFor(prefix, key);
            if (ledger.Find(kind, id) is null)
            {
                var (body, hidden) = make(ledger);
                ledger.Insert(kind, id, (createdAt ?? ledger.Now).ToUnixTimeSeconds(), body, hidden);
            }

            return id;
        });

    private static void Check(CardBehaviour? behaviour)
    {
        if (behaviour is not null && behaviour.Answer != Declines.Succeeds)
        {
            Declines.Of(behaviour.Answer);
        }
    }

    private static JsonObject Hidden(string? token, CardBehaviour? behaviour) =>
        new() { ["token"] = token, ["setUp"] = true, ["behaviour"] = behaviour?.ToJson() };

    internal static JsonObject ToJson(IReadOnlyDictionary<string, string>? metadata) =>
        new((metadata ?? new Dictionary<string, string>()).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}

/// <summary>One event on its way to one endpoint.</summary>
/// <param name="State"><c>pending</c>, <c>held</c> (reordered), <c>done</c>, <c>lost</c> (dropped by a fault) or <c>failed</c> (given up after three days).</param>
/// <param name="DueAt">Billing time of the next try, or of the last one.</param>
/// <param name="LastAnswer">HTTP status or reason of the last try.</param>
/// <param name="Id">Names the delivery for sending it again.</param>
public sealed record WebhookDelivery(string EventId, string Type, string State, int Attempts, DateTimeOffset DueAt, string? LastAnswer, long Id);
