using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>
/// The payers from the inside: what happens to customers and their methods elsewhere (in Stripe's dashboard, at a bank, in
/// another system), of which a client of Stripe only hears. Every change tells why it was not made; null when it was.
/// </summary>
public sealed class StripePayers
{
    private readonly LedgerFile file;

    internal StripePayers(LedgerFile file) => this.file = file;

    /// <summary>Customers, newest first, deleted ones included.</summary>
    /// <param name="search">A part of an e-mail address or name, or an id; null for all.</param>
    /// <param name="skip">Rows before the page.</param>
    /// <param name="take">Rows of the page, at most 100; one more is read, so that a further page shows.</param>
    public IReadOnlyList<PayerSummary> List(string? search, int skip, int take) => file.Read(ledger => ledger.Sql.Rows("""
        SELECT id, json_extract(body, '$.email'), json_extract(body, '$.name'), coalesce(json_extract(body, '$.deleted'), 0),
            (SELECT count(*) FROM objects m WHERE m.kind = 'payment_method' AND m.customer = o.id)
        FROM objects o WHERE kind = 'customer' AND (@p0 IS NULL OR id = @p0 OR instr(lower(json_extract(body, '$.email')), lower(@p0)) > 0
            OR instr(lower(json_extract(body, '$.name')), lower(@p0)) > 0)
        ORDER BY seq DESC LIMIT @p1 OFFSET @p2
        """,
        row => new PayerSummary(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2),
            row.GetInt64(3) != 0, row.GetInt32(4)),
        search, Math.Clamp(take, 1, 100) + 1, Math.Max(0, skip)));

    /// <summary>One customer with methods and newest payments; null if there never was one.</summary>
    public Payer? Find(string id) => file.Read(ledger => ledger.Find(Customers.Kind, id) is { } customer ? PayerReading.Of(ledger, customer) : null);

    /// <summary>Stripe forgets the customer: her methods are detached, and every request that names her is refused from now on.</summary>
    public Task<string?> DeleteAsync(string customer) => OnCustomerAsync(customer, (ledger, found) =>
    {
        Customers.Delete(ledger, found);
        return null;
    });

    /// <summary>A method is taken from its customer; it can never be used again.</summary>
    public Task<string?> DetachAsync(string method) => OnMethodAsync(method, (ledger, found) =>
    {
        PaymentMethods.Detach(ledger, found);
        return null;
    });

    /// <summary>Another method of the customer's becomes her default, or a new one of a test token does.</summary>
    public Task<string?> MakeDefaultAsync(string customer, string methodOrToken) => OnCustomerAsync(customer, (ledger, found) =>
    {
        var known = TestCards.OfToken(methodOrToken) is not null || TestAccounts.OfToken(methodOrToken) is not null
            ? PaymentMethods.ByIdOrToken(ledger, methodOrToken, "payment_method") : ledger.Find(PaymentMethods.Kind, methodOrToken);
        if (known is null || (known.Customer is { } owner && owner != found.Id) || known.Hidden.Flag("spent"))
        {
            return "Choose a method of this customer, or a test card.";
        }

        known.Hidden["setUp"] = true;
        PaymentMethods.Attach(ledger, known, found.Id);
        Customers.SetDefault(ledger, found, known.Id);
        return null;
    });

    /// <summary>What the method's bank answers from now on: a name of <see cref="Declines.Names"/>, success, or null for what its token says.</summary>
    public Task<string?> SetAnswerAsync(string method, string? answer) => OnMethodAsync(method, (ledger, found) =>
    {
        if (answer is not null && answer != Declines.Succeeds && !Declines.Names.Contains(answer))
        {
            return "No bank answers that.";
        }

        found.Hidden["behaviour"] = answer is null ? null : new CardBehaviour(answer).ToJson();
        ledger.Save(found);
        return null;
    });

    /// <summary>A Bacs mandate ends: the payer cancelled it at her bank, or has died. A debit on its way comes back with the same word.</summary>
    public Task<string?> EndMandateAsync(string method, bool deceased) => OnMethodAsync(method, (ledger, found) =>
    {
        if (found["type"] != TestAccounts.Bacs)
        {
            return "Only a Direct Debit has a mandate.";
        }

        var reason = deceased ? "payer_deceased" : "debit_not_authorized";
        found.Hidden["behaviour"] = new CardBehaviour(reason).ToJson();
        ledger.Save(found);
        Mandates.End(ledger, found, reason);
        return null;
    });

    /// <summary>A refund that was pending arrives now.</summary>
    public Task<string?> LetRefundArriveAsync(string refund) => OnRefundAsync(refund, ["pending"], Refunds.Arrive);

    /// <summary>A refund fails: the payer's bank sends the money back.</summary>
    public Task<string?> FailRefundAsync(string refund) => OnRefundAsync(refund, ["pending", "succeeded"], Refunds.Fail);

    private Task<string?> OnCustomerAsync(string id, Func<LedgerTransaction, StripeObject, string?> change) => file.WriteAsync(ledger =>
        ledger.Find(Customers.Kind, id) is { } found && !found.Body.Flag("deleted") ? change(ledger, found) : "That customer is not there any more.");

    private Task<string?> OnMethodAsync(string id, Func<LedgerTransaction, StripeObject, string?> change) => file.WriteAsync(ledger =>
        ledger.Find(PaymentMethods.Kind, id) is { Customer: not null } found ? change(ledger, found) : "No customer holds that method any more.");

    private Task<string?> OnRefundAsync(string id, string[] from, Action<LedgerTransaction, StripeObject> change) => file.WriteAsync<string?>(ledger =>
    {
        if (ledger.Find(Refunds.Kind, id) is not { } refund || !from.Contains(refund.Status))
        {
            return "That refund is decided already.";
        }

        change(ledger, refund);
        return null;
    });
}

/// <summary>A line of the list of customers.</summary>
/// <param name="Methods">Methods that she holds.</param>
public sealed record PayerSummary(string Id, string? Email, string? Name, bool IsDeleted, int Methods);

/// <summary>A customer with all that can happen to her.</summary>
public sealed record Payer(string Id, string? Email, string? Name, bool IsDeleted, IReadOnlyList<PayerMethod> Methods, IReadOnlyList<PayerPayment> Payments);

/// <summary>A method that she holds.</summary>
/// <param name="Words">Such as <c>Visa ending 4242, until 12/2030</c>.</param>
/// <param name="Does">What its bank answers, in words.</param>
/// <param name="HasMandate">Whether a Bacs mandate is active.</param>
public sealed record PayerMethod(string Id, string Type, string Words, string Does, bool IsDefault, bool HasMandate);

/// <summary>One of her payments.</summary>
/// <param name="Amount">Such as <c>12.00 GBP</c>.</param>
/// <param name="ChargeId">The newest try; null when there was none.</param>
/// <param name="Status">The PaymentIntent's, as Stripe spells it.</param>
/// <param name="Dispute">The newest dispute's status; null when there is none.</param>
public sealed record PayerPayment(
    string Id, string? ChargeId, DateTimeOffset At, string Amount, string Status, string? Dispute, IReadOnlyList<PayerRefund> Refunds);

/// <summary>A refund of a payment.</summary>
public sealed record PayerRefund(string Id, string Amount, string Status);
